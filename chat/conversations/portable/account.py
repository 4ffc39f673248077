"""Out: all that is kept of one user, as a ZIP of JSON files.

Each of the `conversations/` can be imported again. No key and no token is in it: users have no
keys, and of links only hashes are kept.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.utils import timezone

from chat.conversations.portable.document import document, plain
from chat.conversations.portable.shape import TOKENS
from chat.models import Attempt, Change, Conversation, Reading, SavedPrompt, ShareLink

_ACCOUNT = (
    *("username", "first_name", "last_name", "email", "date_joined", "last_login"),
    *("is_active", "is_staff", "is_superuser"),
)
_LINK = ("conversation_id", "title", "created_at", "expires_at", "revoked_at", "with_costs")
_CHANGE = ("at", "kind", "object", "what", "fields")
_LEDGER = (
    *("id", "created_at", "turn_id", "role", "provider", "model", "prices", "status"),
    *(f"{kind}_tokens" for kind in TOKENS),
    *("counted_by", "cost_usd", "exactness"),
)


def write(user: User, file: IO[bytes]) -> int:
    """Returns how many conversations there are; those being deleted are left out."""
    conversations = Conversation.objects.of(user).select_related("cascade", "head")
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("account.json", _json(_account(user)))
        with archive.open("ledger.jsonl", "w") as ledger:
            for row in _rows(
                Attempt.objects.filter(user=user).order_by("created_at", "turn", "number"), _LEDGER
            ):
                ledger.write(_json(row).encode() + b"\n")
        for conversation in conversations.iterator():
            name = f"conversations/{conversation.id}.json"
            archive.writestr(name, _json(document(conversation)))
            count += 1
    return count


def _account(user: User) -> dict[str, Any]:
    links = ShareLink.objects.filter(conversation__user=user)
    prompts = SavedPrompt.objects.filter(user=user, deleted_at=None)
    readings = Reading.objects.filter(conversation__user=user)
    return {
        "format": "cascade-chat-account",
        "version": 1,
        "exported_at": plain(timezone.now()),
        **_fields(user, _ACCOUNT),
        "groups": list(user.groups.values_list("name", flat=True)),
        "tags": list(user.tags.values_list("name", flat=True)),
        "saved_prompts": list(_rows(prompts, ("name", "text", "created_at"))),
        "budget_usd_a_day": [plain(budget.limit_usd) for budget in user.budget_set.all()],
        "share_links": list(_rows(links, _LINK)),
        "read_by_others": list(_rows(readings, ("at", "reader_name", "conversation_id"))),
        "signs_in_elsewhere_as": _identities(user),
        "changes_of_the_setup": list(_rows(Change.objects.filter(by=user), _CHANGE)),
    }


def _identities(user: User) -> list[dict[str, Any]]:
    """As the server that people sign in by told of them; the table is there where one is set."""
    if not apps.is_installed("allauth.socialaccount"):
        return []
    from allauth.socialaccount.models import SocialAccount  # raises where it is not installed

    rows = SocialAccount.objects.filter(user=user)
    return list(_rows(rows, ("provider", "uid", "date_joined", "last_login", "extra_data")))


def _rows(rows: QuerySet[Any], names: Iterable[str]) -> Iterator[dict[str, Any]]:
    return (_fields(row, names) for row in rows.only(*names).iterator())


def _fields(row: Model, names: Iterable[str]) -> dict[str, Any]:
    return {name: plain(getattr(row, name)) for name in names}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
