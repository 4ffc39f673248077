"""`python -m tests.faults.prepare PROVIDER COUNT`: a database to fail on.

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

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from chat.models import Cascade  # noqa: E402
from tests.people import make_cascade, make_conversation, make_user  # noqa: E402


def main(provider: str, count: int) -> None:
    call_command("migrate", verbosity=0)
    cascade = make_cascade("small", "large", kind="openai", base_url=provider)
    Cascade.objects.update(direct_from="trivial")
    conversations = {}
    for number in range(count):
        reader, browser = make_user(f"reader-{number}"), Client()
        browser.force_login(reader)
        cookie = f"sessionid={browser.cookies['sessionid'].value}"
        conversations[str(make_conversation(reader, cascade).id)] = cookie
    print(json.dumps(conversations))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
