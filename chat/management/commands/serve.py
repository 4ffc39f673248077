"""`manage.py serve`: everything a start needs, then Daphne."""

import errno
import socket
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.urls import reverse

from chat.accounts import sign_in_links
from chat.management.sandbox import check_sandbox
from chat.process import server
from chat.process.start_lock import start_lock
from chat.setup import discovery

OPERATOR = "operator"


class Command(BaseCommand):
    help = "Prepare the database, print a sign-in link, and serve with Daphne."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on.")
        parser.add_argument("--port", type=int, default=8000, help="Port to listen on.")

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        _check_free(host, port)
        check_sandbox()
        with start_lock():
            call_command("migrate", verbosity=0)
            for name in discovery.set_up():
                self.stdout.write(f"Added the cascade {name}.")
            operator = _operator()
        link = sign_in_links.path_for(operator)
        address = _address(host, port)
        server.serve(host, port, listening=lambda: self._announce(address, link))

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
    if host in ("0.0.0.0", "::"):  # noqa: S104  # all addresses of the machine, and none to go to
        return f"http://{settings.ALLOWED_HOSTS[0]}:{port}"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _check_free(host: str, port: int) -> None:
    if not 0 < port < 65536:
        raise CommandError(f"{port} is no port. Choose one from 1 to 65535.")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise CommandError(
                f"Cannot listen on {host}, port {port}: {error.strerror}."
            ) from error
        raise CommandError(
            f"Port {port} on {host} is taken. Choose another: make run PORT={port + 1}"
        ) from error


def _operator() -> User:
    """The first operator, made without a password where there is none."""
    found = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if found is None and User.objects.filter(username=OPERATOR).exists():
        raise CommandError(
            f"Nobody may operate this: there is no active superuser, and '{OPERATOR}' is another "
            "user. Make one with: manage.py createsuperuser"
        )
    return found or User.objects.create_superuser(OPERATOR)
