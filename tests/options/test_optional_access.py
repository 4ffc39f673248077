"""R23 for the addresses that are there only where settings ask for them."""

import pytest
from django.urls import get_resolver

from tests.options.oidc_server import OidcServer
from tests.scripted import scripted  # noqa: F401  # a fixture
from tests.web import access
from tests.web.access import OPTIONAL_ROUTES, ROUTES, Route
from tests.web.test_access import DESK_ROUTES, Place, name, patterns, place, wrongs

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["place"]


def test_every_address_has_its_row() -> None:
    there = set(patterns(get_resolver()))
    told = {route.pattern for route in (*ROUTES, *DESK_ROUTES, *OPTIONAL_ROUTES)}
    assert sorted(there ^ told) == [], access.__file__


@pytest.mark.parametrize("route", OPTIONAL_ROUTES, ids=name)
async def test_R23_every_address_by_every_role(
    place: Place, server: OidcServer, route: Route
) -> None:
    assert await wrongs(place, route) == []
