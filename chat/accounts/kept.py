"""What allauth has kept of people, also where the settings do not ask for it any more.

Its tables stay in the database, where Django knows nothing of them: a user could not be deleted,
an export would leave their rows out, and secrets would stay encrypted by a key that is taken away.
"""

from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection

_TABLES = {
    "account_emailaddress": "OIDC_SERVER",
    "socialaccount_socialaccount": "OIDC_SERVER",
    "mfa_authenticator": "TWO_FACTOR",
}
"""With a `user_id`, by the setting that makes the chat know them."""


def unknown_of(user: User) -> str:
    """The setting without which not all can be seen that is kept of a user, or ""."""
    return next((setting for table, setting in _TABLES.items() if _has(table, user.pk)), "")


def unknown_secrets() -> bool:
    """Whether second factors are kept that cannot be read now."""
    return _has("mfa_authenticator")


def _has(table: str, user_id: int | None = None) -> bool:
    """Whether a table that Django does not know has rows, of a user or at all."""
    if table in {model._meta.db_table for model in apps.get_models()}:
        return False
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return False
        # The names are ours, and the user is a parameter.
        of = "" if user_id is None else " WHERE user_id = %s"
        cursor.execute(f"SELECT 1 FROM {table}{of} LIMIT 1", [user_id] if of else [])  # noqa: S608
        return cursor.fetchone() is not None
