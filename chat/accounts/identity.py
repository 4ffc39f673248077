"""What allauth asks us about who comes from elsewhere: may they, whose account is it, and how the
server is spoken to."""

import logging
from typing import Any

import requests
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

logger = logging.getLogger(__name__)

TIMEOUT_S = 10


class SignInElsewhere(DefaultSocialAccountAdapter):
    """An identity is what the server calls `sub`. Names and addresses take nobody's account over,
    but for one case: an address the server has verified, that an operator has entered here."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """An address that is not verified could be anybody's, so it is not kept."""
        addresses = sociallogin.email_addresses
        sociallogin.email_addresses = [address for address in addresses if address.verified]
        if sociallogin.is_existing:
            return
        if user := _entered_by_an_operator(sociallogin):
            sociallogin.connect(request, user)
        elif not sociallogin.email_addresses:
            sociallogin.user.email = ""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return bool(settings.OIDC_SIGN_UP)

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, **options: Any
    ) -> None:
        """Without what the server or the exception says, which may quote a code or a token."""
        exception = options.get("exception")
        logger.warning(
            "nobody was signed in by OIDC: %s", type(exception).__name__ if exception else error
        )

    def get_requests_session(self) -> requests.Session:
        return _Careful()

    def send_notification_mail(self, *args: Any, **options: Any) -> None:
        """There is no mail here."""


def _entered_by_an_operator(sociallogin: Any) -> User | None:
    """An account that nobody signs in to by this server yet; two of an address are nobody's."""
    from allauth.socialaccount.models import SocialAccount  # once all apps are ready

    for address in sociallogin.email_addresses:
        joined = SocialAccount.objects.values("user")
        users = list(User.objects.filter(email__iexact=address.email).exclude(pk__in=joined)[:2])
        if len(users) == 1:
            return users[0]
    return None


class _Careful(requests.Session):
    """Follows nobody elsewhere, asks the environment for no proxy, and does not wait for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def request(self, method: Any, url: Any, **options: Any) -> requests.Response:  # type: ignore[override]  # what it passes on is theirs
        return super().request(
            method, url, **{**options, "timeout": TIMEOUT_S, "allow_redirects": False}
        )
