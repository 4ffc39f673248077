"""R26: no template of ours is left out where foreign text is tried."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.template import Template
from django.test.signals import template_rendered

from chat.render import moulds
from tests.attacks.oracle import HARMLESS
from tests.attacks.test_pages import furnished, pages
from tests.attacks.test_payloads import loaded, pushed

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parent.parent.parent / "templates"
ELSEWHERE = {
    "admin/chat/provider/models.html": "names of models: tests/web/test_providers.py",
    "chat/_code_buttons.html": "fixed, and put around code: the oracle knows it",
    "chat/_ask_last.html": "the name of a model, as in the retry menu",
    "chat/events/chunk.html": "filled in without Django: its frames are tried all the same",
    "chat/events/reasoning.html": "the same",
}
WITHOUT = (
    "400",
    "403",
    "403_csrf",
    "404",
    "500",
    "503",
    "account/",
    "socialaccount/",
    "chat/accounts/",
)
WITHOUT += ("admin/setup/_steps", "chat/_elsewhere", "chat/_estimate", "chat/_gone", "chat/_icon.")
WITHOUT += ("admin/auth/user/", "chat/_room", "chat/_version")
WITHOUT += ("chat/events/spending", "chat/share/gone", "chat/sign_in_link")
WITHOUT += ("chat/list/_pieces", "chat/list/import")
"""Templates in which nothing stands that a model, an operator or another reader wrote."""


def test_R26_every_template_with_foreign_text_is_tried() -> None:
    seen: set[str] = set()

    def note(template: Template, **named: Any) -> None:
        seen.add(str(template.name))

    moulds._mould.cache_clear()  # what another test has rendered
    template_rendered.connect(note)
    for _ in (*pushed(HARMLESS), *loaded(HARMLESS)):
        pass
    list(pages(furnished([HARMLESS] * 30, User.objects.create(username=HARMLESS))))
    template_rendered.disconnect(note)
    ours = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.html")}
    left = {name for name in ours - seen if not name.startswith(WITHOUT)}
    assert sorted(left - ELSEWHERE.keys()) == [], "tried by no payload"
