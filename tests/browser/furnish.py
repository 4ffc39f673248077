"""`python -m tests.browser.furnish`: a database with a row at least of whatever a page can show.

Prints, as JSON, the session of somebody who may do all, and the address of every page they have:
those of `tests/web/access.py` that answer with one, and by its name each state of a turn.
"""

import json
import logging
import os
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cascadeweb.settings")
django.setup()

from django.contrib.auth.models import Permission  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from chat.conversations import sharing  # noqa: E402
from chat.models import Attempt, Conversation, SavedPrompt  # noqa: E402
from tests.attacks.test_pages import attempts_of, turn_of  # noqa: E402
from tests.browser import states  # noqa: E402
from tests.web.access import ROUTES  # noqa: E402
from tests.web.test_access import DESK_ROUTES, Place, furnished  # noqa: E402

ENDS = ("/logout/", "/sign-out/")


def main() -> None:
    logging.disable(logging.WARNING)  # of what is no page here
    call_command("migrate", verbosity=0)
    place = filled()
    owner = place.conversation.user
    owner.is_staff = owner.is_superuser = True
    owner.save()
    owner.user_permissions.set(Permission.objects.all())
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(owner)
    addresses = {place.address(route) for route in (*ROUTES, *DESK_ROUTES)}
    pages = [at for at in sorted(addresses) if not at.endswith(ENDS) and is_page(client, at)]
    session = client.cookies["sessionid"].value
    kept = dict(states.store(place.conversation))
    print(json.dumps({"session": session, "pages": pages, "states": kept}))


def filled() -> Place:
    conversation = furnished()
    turn = turn_of(conversation, "Why are there tides?", None)
    turn.save()
    Attempt.objects.bulk_create(attempts_of(turn))
    before = turn.created_at - timedelta(minutes=1)  # so that the newest is one that was judged
    Attempt.objects.filter(decision=None).update(created_at=before)
    Conversation.objects.filter(pk=conversation.pk).update(head=turn)
    conversation.refresh_from_db()
    SavedPrompt.objects.create(user=conversation.user, name="Tides", text="Why are there {{what}}?")
    token = sharing.create(conversation, days=1, with_costs=True)
    return Place(conversation, turn, {}, token or "")


def is_page(client: Client, address: str) -> bool:
    answer = client.get(address)
    is_html = answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.status_code == 200 and is_html and b"</html>" in answer.content


if __name__ == "__main__":
    main()
