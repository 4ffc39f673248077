"""Addresses: pages and forms, and the websocket of a conversation."""

from typing import Any

from django.templatetags.static import static
from django.urls import path
from django.views.generic import RedirectView

from chat.consumers import ConversationConsumer
from chat.views import conversations, costs, sign_in

app_name = "chat"

urlpatterns = [
    path("", conversations.home, name="home"),
    path("c/", conversations.create, name="conversations"),
    path("c/<uuid:conversation_id>/", conversations.conversation, name="conversation"),
    path("c/<uuid:conversation_id>/turns/", conversations.add_turn, name="turns"),
    path("turns/<uuid:turn_id>/stop/", conversations.stop_turn, name="stop"),
    path("turns/<uuid:turn_id>/answer/", conversations.answer_call, name="answer"),
    path("turns/<uuid:turn_id>/retry/", conversations.retry_turn, name="retry"),
    path("turns/<uuid:turn_id>/thumb/", conversations.thumb_turn, name="thumb"),
    path("costs/", costs.conversations, name="costs"),
    path("costs/by/<slug:name>/", costs.by, name="costs_by"),
    path("costs/compare/", costs.side_by_side, name="costs_compare"),
    path("costs/threshold/", costs.threshold, name="costs_threshold"),
    path("costs/what-if/", costs.what_would, name="costs_what_if"),
    path("costs/<slug:table>.csv", costs.export, {"format": "csv"}, name="costs_csv"),
    path("costs/<slug:table>.json", costs.export, {"format": "json"}, name="costs_json"),
    path("favicon.ico", RedirectView.as_view(url=static("favicon.svg"))),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-in/<str:user>/<str:token>/", sign_in.by_link, name="sign_in_link"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
]

websocket_urlpatterns: list[Any] = [
    path("ws/conversations/<uuid:conversation_id>/", ConversationConsumer.as_asgi()),  # type: ignore[arg-type]  # an application, not a view
]
