"""Tests of what is there only where settings ask for it; `tests/test_options.py` runs them so."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.options.oidc_server import OidcServer

collect_ignore_glob = [] if settings.USES_ALLAUTH else ["test_*.py"]


@pytest.fixture(scope="session")
def running_server() -> Iterator[OidcServer]:
    server = OidcServer(settings.OIDC_SERVER)
    with server.running():
        yield server


@pytest.fixture
def server(running_server: OidcServer) -> OidcServer:
    running_server.forget()
    return running_server
