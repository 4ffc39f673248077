"""What allauth asks us about accounts here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.http import HttpRequest


class Accounts(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **options: Any) -> None:
        """The pages say it themselves; a message would wait for the next visit to the desk."""

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Whoever has a second factor shows it before it is changed; a first one can be had."""
        if not settings.TWO_FACTOR:
            return False
        from allauth.mfa.utils import is_mfa_enabled  # its tables are there where the setting is

        return bool(is_mfa_enabled(context.request.user))
