"""Who may see what: one row for each address, frame and event, one verdict for each role.

`test_access.py` looks at every cell, and fails where an address, a frame or an event has no row.
To add an address, add a `Route` with one of the policies below; ids in it, and the token of a share
link, are filled in by `Place`. A model that the admin manages needs a row in `DESK_MODELS` instead.
There are no tokens for programs: they sign in as people do. What other products take for one lets
nobody in here, which is the row of `Role.TOKEN`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """`owner` is Alice, whose conversation it is; `other` is Bob, who has one of his own. An `aide`
    is staff without any permission, an `operator` has all but those to read conversations, a
    `reader` has those as well. `disabled` and `expired` hold Alice's cookie, from before. `link` is
    a stranger who has opened a share link to the conversation. A `token` is Alice's session, but in
    the headers that other products read, and her name."""

    ANONYMOUS = "anonymous"
    TOKEN = "API token"
    LINK = "share link"
    EXPIRED = "expired session"
    DISABLED = "disabled"
    OTHER = "other"
    OWNER = "owner"
    AIDE = "aide"
    OPERATOR = "operator"
    READER = "operator who may read"


class Verdict(StrEnum):
    IN = "let in"
    SIGN_IN = "led to sign in"
    HIDDEN = "404"
    REFUSED = "403"


Policy = Mapping[Role, Verdict]

OUTSIDERS = (Role.ANONYMOUS, Role.TOKEN, Role.LINK, Role.EXPIRED, Role.DISABLED)
DESK = (Role.AIDE, Role.OPERATOR, Role.READER)


def policy(otherwise: Verdict, *, outsiders: Verdict = Verdict.SIGN_IN, **roles: Verdict) -> Policy:
    named = {Role[name.upper()]: verdict for name, verdict in roles.items()}
    return dict.fromkeys(Role, otherwise) | dict.fromkeys(OUTSIDERS, outsiders) | named


OPEN = policy(Verdict.IN, outsiders=Verdict.IN)
SIGNED_IN = policy(Verdict.IN)
OWN = policy(Verdict.HIDDEN, owner=Verdict.IN)
STAFF = policy(Verdict.IN, owner=Verdict.HIDDEN, other=Verdict.HIDDEN)
TO_SIGN_IN = policy(Verdict.SIGN_IN)
NOTHING = policy(Verdict.HIDDEN, outsiders=Verdict.HIDDEN)

# The admin sends whoever is no staff to its door, which is that of everybody.
AT_DOOR = policy(Verdict.IN, owner=Verdict.REFUSED, other=Verdict.REFUSED)
AT_DESK = policy(Verdict.SIGN_IN, aide=Verdict.IN, operator=Verdict.IN, reader=Verdict.IN)
LED_HOME = {role: Verdict.SIGN_IN if role in DESK else Verdict.IN for role in Role}
MANAGE = policy(Verdict.SIGN_IN, aide=Verdict.REFUSED, operator=Verdict.IN, reader=Verdict.IN)
READ = policy(Verdict.SIGN_IN, aide=Verdict.REFUSED, operator=Verdict.REFUSED, reader=Verdict.IN)
NOBODY = policy(Verdict.SIGN_IN, **dict.fromkeys(("aide", "operator", "reader"), Verdict.REFUSED))
NOT_THERE = policy(Verdict.SIGN_IN, **dict.fromkeys(("aide", "operator", "reader"), Verdict.HIDDEN))


@dataclass(frozen=True)
class Route:
    """`pattern` as the resolver has it; `address` where an id in it is not one of `Place`'s."""

    pattern: str
    get: Policy
    post: Policy | None = None
    address: str = ""


# A form's address leads whoever comes to it by a link back to the page, and tells them nothing.
FORM = OPEN

NOBODYS = policy(Verdict.HIDDEN)
SOME_PROMPT = "prompts/00000000-0000-4000-8000-000000000000/"
SOME_LINK = "shares/00000000-0000-4000-8000-000000000000/revoke/"

ROUTES = (
    Route("", SIGNED_IN),
    Route("c/", FORM, SIGNED_IN),
    Route("c/<uuid:conversation_id>/", OWN),
    Route("c/<uuid:conversation_id>/turns/", FORM, OWN),
    Route("c/<uuid:conversation_id>/manage/", OWN),
    Route("c/<uuid:conversation_id>/title/", OWN, OWN),
    Route("c/<uuid:conversation_id>/mark/", FORM, OWN),
    Route("c/<uuid:conversation_id>/tags/", FORM, OWN),
    Route("c/<uuid:conversation_id>/delete/", FORM, OWN),
    Route("c/<uuid:conversation_id>/undo/", FORM, policy(Verdict.HIDDEN)),
    Route("c/<uuid:conversation_id>/export.md", OWN),
    Route("c/<uuid:conversation_id>/export.json", OWN),
    Route("c/<uuid:conversation_id>/share/", OWN, OWN),
    Route("shares/", SIGNED_IN),
    Route("shares/<uuid:link_id>/revoke/", FORM, policy(Verdict.HIDDEN), SOME_LINK),
    Route("shared/<str:token>/", NOTHING, address="shared/no-such-token/"),
    Route("shared/<str:token>/", OPEN, address="shared/<token>/"),
    Route("prompts/", SIGNED_IN, SIGNED_IN),
    Route("prompts/menu/", SIGNED_IN),
    Route("prompts/<uuid:prompt_id>/", NOBODYS, NOBODYS, SOME_PROMPT),
    Route("prompts/<uuid:prompt_id>/delete/", SIGNED_IN, NOBODYS, f"{SOME_PROMPT}delete/"),
    Route("prompts/<uuid:prompt_id>/undo/", SIGNED_IN, NOBODYS, f"{SOME_PROMPT}undo/"),
    Route("import/", SIGNED_IN, SIGNED_IN),
    Route("list/", SIGNED_IN),
    Route("find/", SIGNED_IN),
    Route("turns/<uuid:turn_id>/stop/", FORM, OWN),
    Route("turns/<uuid:turn_id>/answer/", FORM, OWN),
    Route("c/<uuid:conversation_id>/cascade/", FORM, OWN),
    Route("turns/<uuid:turn_id>/retry/", OWN, OWN),
    Route("turns/<uuid:turn_id>/use-draft/", FORM, OWN),
    Route("turns/<uuid:turn_id>/edit/", FORM, OWN),
    Route("turns/<uuid:turn_id>/show/", FORM, OWN),
    Route("turns/<uuid:turn_id>/fork/", OWN, OWN),
    Route("turns/<uuid:turn_id>/compare/", OWN),
    Route("turns/<uuid:turn_id>/answer.md", OWN),
    Route("estimate/", FORM, SIGNED_IN),
    Route("c/<uuid:conversation_id>/estimate/", FORM, OWN),
    Route("turns/<uuid:turn_id>/events/", OWN),
    Route("turns/<uuid:turn_id>/events.json", OWN),
    Route("turns/<uuid:turn_id>/thumb/", FORM, OWN),
    Route("costs/", SIGNED_IN),
    Route("costs/by/<slug:name>/", SIGNED_IN, address="costs/by/model/"),
    Route("costs/by/<slug:name>/", STAFF, address="costs/by/user/"),
    Route("costs/compare/", SIGNED_IN),
    Route("costs/threshold/", SIGNED_IN),
    Route("costs/what-if/", SIGNED_IN),
    Route("costs/<slug:table>.csv", SIGNED_IN, address="costs/conversations.csv"),
    Route("costs/<slug:table>.csv", STAFF, address="costs/user.csv"),
    Route("costs/<slug:table>.json", SIGNED_IN, address="costs/conversations.json"),
    Route("costs/<slug:table>.json", STAFF, address="costs/user.json"),
    Route("favicon.ico", OPEN),
    Route("sign-in/", OPEN),
    Route("sign-in/<str:user>/<str:token>/", NOTHING, address="sign-in/MQ/no-such-token/"),
    Route("sign-out/", OPEN, TO_SIGN_IN),
    Route("password/", SIGNED_IN, SIGNED_IN),
    Route("password/changed/", SIGNED_IN),
    Route("language/", OPEN, OPEN),
    # The desk
    Route("admin/", AT_DESK),
    Route("admin/login/", AT_DOOR),
    Route("admin/logout/", OPEN, LED_HOME),
    Route("admin/password_change/", AT_DESK),
    Route("admin/password_change/done/", AT_DESK),
    Route("admin/autocomplete/", NOBODY),
    Route("admin/jsi18n/", AT_DESK),
    Route("admin/r/<path:content_type_id>/<path:object_id>/", NOT_THERE, address="admin/r/0/0/"),
    Route("admin/auth/user/<id>/password/", MANAGE),
    Route("admin/chat/cascade/advice/", MANAGE, MANAGE),
    Route("admin/chat/cascade/<int:pk>/clone/", MANAGE, MANAGE),
    Route("admin/chat/cascade/<int:pk>/try/", MANAGE),
    Route("admin/chat/provider/<int:pk>/test/", MANAGE, MANAGE),
    Route("admin/chat/provider/<int:pk>/models/", MANAGE, MANAGE),
    Route("admin/setup/", MANAGE),
    Route("admin/setup/cascade/", MANAGE, MANAGE),
    Route("admin/chat/modelconfig/import-prices/", MANAGE, MANAGE),
    Route("admin/^(?P<app_label>chat|auth)/$", AT_DESK, address="admin/chat/"),
    Route("admin/(?P<url>.*)$", NOT_THERE, address="admin/no/such/page/"),
)

# Where `OIDC_SERVER` and `TWO_FACTOR` are set: looked at by `tests/options`.
NOTHING_YET = policy(Verdict.HIDDEN)
OPTIONAL_ROUTES = (
    Route("sign-in/code/", SIGNED_IN, SIGNED_IN),
    Route("sign-in/disabled/", OPEN),
    Route("oidc/", OPEN),
    Route("oidc/cancelled/", OPEN),
    Route("oidc/<slug:provider_id>/callback/", OPEN, address="oidc/sso/callback/"),
    Route("second-factor/", SIGNED_IN),
    Route("second-factor/set-up/", SIGNED_IN, SIGNED_IN),
    Route("second-factor/set-up/qr.svg", NOTHING_YET),
    Route("second-factor/remove/", NOTHING_YET, NOTHING_YET),
    Route("second-factor/code/", policy(Verdict.REFUSED), policy(Verdict.REFUSED)),
    Route("second-factor/codes/", NOTHING_YET),
    Route("second-factor/codes/new/", SIGNED_IN, SIGNED_IN),
)


class Managed(NamedTuple):
    """What the admin lets be done with the rows of a model."""

    view: Policy = MANAGE
    add: Policy = MANAGE
    delete: Policy = MANAGE
    history: Policy | None = None
    """None: as `view`."""


READ_ONLY = Managed(add=NOBODY, delete=NOBODY)

DESK_MODELS = {
    "auth.group": Managed(),
    "auth.user": Managed(),
    "chat.budget": Managed(),
    "chat.change": READ_ONLY,
    "chat.conversation": Managed(view=READ, add=NOBODY, delete=NOBODY, history=NOT_THERE),
    "chat.decision": READ_ONLY,
    "chat.reading": READ_ONLY,
    "chat.spending": READ_ONLY,
    "chat.cascade": Managed(),
    "chat.calibration": READ_ONLY,
    "chat.provider": Managed(),
    "chat.modelconfig": Managed(),
    "chat.mcpserver": Managed(),
}

# Frames that come in by a conversation's socket. It is its owner's; a frame that names a turn may
# name one of this conversation only. `seen` is about the socket itself.
SOCKET = policy(Verdict.HIDDEN, owner=Verdict.IN)
FRAMES_ABOUT_A_TURN = {"stop", "allow", "deny", "retry", "edit", "show", "thumb", "use_draft"}
FRAMES = FRAMES_ABOUT_A_TURN | {"prompt", "seen", "alive"}

# Events that go out by it, to its owner alone.
EVENTS = {
    *("routing", "chunk", "reasoning", "retry", "cost", "draft_decision", "switch", "step"),
    *("tool_call_start", "tool_call_delta", "tool_call_complete", "tool_executing"),
    *("tool_result", "tool_error", "tool_asking", "tool_answered", "spending"),
    *("complete", "error", "stopped", "interrupted", "draft_used"),
}
