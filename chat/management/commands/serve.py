"""`manage.py serve`: everything a start needs, then Daphne."""

import socket
from typing import Any

from daphne.cli import CommandLineInterface  # first: it chooses the reactor
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.urls import reverse
from twisted.internet import reactor

from chat import discovery, sign_in_links
from chat.frames import FRAME_LIMIT
from chat.turns.sweep import sweep

OPERATOR = "operator"


class Command(BaseCommand):
    help = "Prepare the database, print a sign-in link, and serve with Daphne."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on.")
        parser.add_argument("--port", type=int, default=8000, help="Port to listen on.")

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        _check_free(host, port)
        call_command("migrate", verbosity=0)
        sweep()
        for name in discovery.set_up():
            self.stdout.write(f"Added the cascade {name}.")
        link = sign_in_links.path_for(_operator())
        reactor.callWhenRunning(self._announce, _address(host, port), link)
        limit = str(FRAME_LIMIT)
        CommandLineInterface().run(
            [
                *("-b", host, "-p", str(port), "-v", "0", "--no-server-name"),
                *("--websocket-max-message-size", limit, "--websocket-max-frame-size", limit),
                "cascadeweb.asgi:application",
            ]
        )

    def _announce(self, address: str, link: str) -> None:
        """Once it listens, so that a link that is followed at once leads somewhere."""
        self.stdout.write(
            f"\nCascade Chat is on {address}\n"
            f"  Sign in, once, within an hour:  {address}{link}\n"
            f"  Admin:                          {address}{reverse('admin:index')}\n"
            "  Stop it with Ctrl+C.\n"
        )
        self.stdout.flush()


def _address(host: str, port: int) -> str:
    """As a browser reaches it: directly, or where other machines may, by name behind a proxy."""
    if settings.HTTPS:
        return f"https://{settings.ALLOWED_HOSTS[0]}"
    return f"http://{host}:{port}"


def _check_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host} is taken. Choose another: make run PORT={port + 1}"
            ) from error


def _operator() -> User:
    """The first operator, made without a password where there is none."""
    users = User.objects
    found = users.filter(is_superuser=True, is_active=True).order_by("pk").first()
    return found or users.create_superuser(OPERATOR)
