"""Addresses: pages and forms, and the websocket of a conversation."""

from typing import Any

from django.templatetags.static import static
from django.urls import path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from chat.consumers.conversation import ConversationConsumer
from chat.consumers.conversation_list import ListConsumer
from chat.views import (
    answers,
    composer,
    conversations,
    costs,
    listing,
    manage,
    portable,
    prompts,
    sharing,
    sign_in,
    turns,
)

app_name = "chat"

urlpatterns = [
    path("", conversations.home, name="home"),
    path("c/", conversations.create, name="conversations"),
    path("c/<uuid:conversation_id>/", conversations.conversation, name="conversation"),
    path("c/<uuid:conversation_id>/turns/", conversations.add_turn, name="turns"),
    path("c/<uuid:conversation_id>/manage/", manage.manage, name="manage"),
    path("c/<uuid:conversation_id>/title/", manage.title, name="title"),
    path("c/<uuid:conversation_id>/mark/", manage.mark, name="mark"),
    path("c/<uuid:conversation_id>/tags/", manage.tag, name="tags"),
    path("c/<uuid:conversation_id>/delete/", manage.delete, name="delete"),
    path("c/<uuid:conversation_id>/undo/", manage.undo, name="undo"),
    path("c/<uuid:conversation_id>/export.md", portable.export, {"format": "md"}, name="export_md"),
    path(
        "c/<uuid:conversation_id>/export.json",
        portable.export,
        {"format": "json"},
        name="export_json",
    ),
    path("c/<uuid:conversation_id>/share/", sharing.share, name="share"),
    path("shares/", sharing.shares, name="shares"),
    path("shares/<uuid:link_id>/revoke/", sharing.revoke, name="revoke"),
    path("shared/<str:token>/", sharing.shared, name="shared"),
    path("prompts/", prompts.all_of_them, name="prompts"),
    path("prompts/menu/", prompts.menu, name="prompts_menu"),
    path("prompts/<uuid:prompt_id>/", prompts.one, name="prompt"),
    path("prompts/<uuid:prompt_id>/delete/", prompts.delete, name="delete_prompt"),
    path("prompts/<uuid:prompt_id>/undo/", prompts.undo, name="undo_prompt"),
    path("import/", portable.import_file, name="import"),
    path("list/", listing.part, name="list"),
    path("find/", listing.find, name="find"),
    path("turns/<uuid:turn_id>/stop/", conversations.stop_turn, name="stop"),
    path("turns/<uuid:turn_id>/answer/", conversations.answer_call, name="answer"),
    path("c/<uuid:conversation_id>/cascade/", turns.choose_cascade, name="choose_cascade"),
    path("turns/<uuid:turn_id>/retry/", turns.retry_turn, name="retry"),
    path("turns/<uuid:turn_id>/use-draft/", turns.use_draft_of, name="use_draft"),
    path("turns/<uuid:turn_id>/edit/", turns.edit_turn, name="edit"),
    path("turns/<uuid:turn_id>/show/", turns.show_turn, name="show"),
    path("turns/<uuid:turn_id>/fork/", turns.fork_turn, name="fork"),
    path("turns/<uuid:turn_id>/thumb/", conversations.thumb_turn, name="thumb"),
    path("estimate/", composer.estimate, name="estimate"),
    path("c/<uuid:conversation_id>/estimate/", composer.estimate_in, name="estimate_in"),
    path("turns/<uuid:turn_id>/compare/", answers.compare, name="compare"),
    path("turns/<uuid:turn_id>/answer.md", answers.answer_text, name="answer_text"),
    path("turns/<uuid:turn_id>/events/", answers.events, name="events"),
    path("turns/<uuid:turn_id>/events.json", answers.events_json, name="events_json"),
    path("costs/", costs.conversations, name="costs"),
    path("costs/by/<slug:name>/", costs.by, name="costs_by"),
    path("costs/compare/", costs.side_by_side, name="costs_compare"),
    path("costs/threshold/", costs.threshold, name="costs_threshold"),
    path("costs/what-if/", costs.what_would, name="costs_what_if"),
    path("costs/<slug:table>.csv", costs.export, {"format": "csv"}, name="costs_csv"),
    path("costs/<slug:table>.json", costs.export, {"format": "json"}, name="costs_json"),
    path("favicon.ico", RedirectView.as_view(url=static("favicon.svg"))),
    path("language/", set_language, name="language"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-in/<str:user>/<str:token>/", sign_in.by_link, name="sign_in_link"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("password/", sign_in.ChangePassword.as_view(), name="password"),
    path("password/changed/", sign_in.password_changed, name="password_changed"),
]

websocket_urlpatterns: list[Any] = [
    path("ws/list/", ListConsumer.as_asgi()),  # type: ignore[arg-type]  # an application, not a view
    path("ws/conversations/<uuid:conversation_id>/", ConversationConsumer.as_asgi()),  # type: ignore[arg-type]  # an application, not a view
]
