"""The codes of an authenticator app: asked for at sign-in, and demanded of operators."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records, perform_password_login
from allauth.account.models import Login
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from chat.accounts.sign_in_limits import count, forget
from chat.accounts.whence import address_of
from chat.setup import keys


class Secrets(DefaultMFAAdapter):
    """Kept as keys of providers are, encrypted by `FIELD_KEYS`."""

    def encrypt(self, text: str) -> str:
        return keys.encrypted(text)

    def decrypt(self, encrypted_text: str) -> str:
        return keys.decrypted(encrypted_text, _("The second factor"))

    def send_notification_mail(self, *args: Any, **options: Any) -> None:
        """There is no mail here."""


class _Counted:
    """Six digits can be guessed: tries are counted as those of passwords are."""

    user: User

    def clean_code(self) -> str:
        counted = count(f"code of {self.user.pk}", address_of(context.request))
        code: str = super().clean_code()  # type: ignore[misc]  # of the form it is mixed into
        forget(counted)
        return code


class CodeForm(_Counted, AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(_Counted, ReauthenticateForm):
    """Before something is changed that the code protects."""


def sign_in(request: HttpRequest, user: User, to: str) -> HttpResponse:
    """The password was right: in, or to the page that asks for a code."""
    login = Login(user=user, redirect_url=to)
    answer: HttpResponse = perform_password_login(request, {}, login)
    return answer


def has_one(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def remove(user: User) -> int:
    """Returns how many rows there were, recovery codes among them."""
    return int(Authenticator.objects.filter(user=user).delete()[0])


def what_is_missing(request: HttpRequest) -> str:
    """Where an operator is led before the desk: to set one up, or to show it in this session, as
    after signing in by a link. "" where nothing is missing."""
    user = request.user
    assert isinstance(user, User)
    if not has_one(user):
        return reverse("mfa_activate_totp")
    records = get_authentication_records(request, user)
    if any(record["method"] == "mfa" for record in records):
        return ""
    return f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}"


def rotate() -> tuple[int, list[str]]:
    """Encrypts all secrets anew. Returns of how many, and the names of those whose secret no key
    reads."""
    rows, unread = Authenticator.objects.select_related("user").select_for_update(), []
    for row in rows:
        again = {name: keys.rotated(value) for name, value in _secrets(row.data).items()}
        if all(again.values()):
            row.data |= again
            row.save(update_fields=["data"])
        else:
            unread.append(row.user.get_username())
    return len(rows), unread


def _secrets(data: dict[str, Any]) -> dict[str, str]:
    return {name: data[name] for name in ("secret", "seed") if data.get(name)}
