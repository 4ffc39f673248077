"""`python -m tests.faults.prepare PROVIDER COUNT`: who and what to fail, in a migrated database.

Prints, as JSON, COUNT conversations, each with the session cookie of a reader of its own, since one
reader may not ask and watch as much as the tests do. Their cascade sends every question straight to
its last model, behind PROVIDER.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cascadeweb.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib import auth  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402

from chat.models import Cascade, Conversation  # noqa: E402
from tests.people import make_cascade  # noqa: E402


def main(provider: str, count: int) -> None:
    cascade = make_cascade("small", "large", kind="openai", base_url=provider)
    Cascade.objects.update(direct_from="trivial")
    readers = User.objects.bulk_create(User(username=f"reader-{n}") for n in range(count))
    sessions = Session.objects.bulk_create(map(session_of, readers))
    conversations = Conversation.objects.bulk_create(
        Conversation(user=reader, title="A conversation", cascade=cascade) for reader in readers
    )
    found = zip(conversations, sessions, strict=True)
    print(json.dumps({str(one.id): f"sessionid={its.session_key}" for one, its in found}))


def session_of(reader: User) -> Session:
    """As a sign-in leaves it."""
    store = SessionStore()
    store[auth.SESSION_KEY] = str(reader.pk)
    store[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[auth.HASH_SESSION_KEY] = reader.get_session_auth_hash()
    session: Session = store.create_model_instance(dict(store.items()))
    return session


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
