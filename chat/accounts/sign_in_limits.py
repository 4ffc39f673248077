"""How often passwords may be guessed, counted in the database, for every process alike.

Every try is counted before its password is looked at, so that many at once are counted as well.
That a name is unknown makes no difference, neither to the sentence nor to the time it takes.
"""

from datetime import timedelta
from math import ceil
from typing import Any

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.accounts.whence import address_of
from chat.models import SignInTry

WINDOW = timedelta(minutes=15)

OF_A_NAME_FROM_AN_ADDRESS = 5
"""More than a person who has forgotten needs."""

FROM_AN_ADDRESS = 30
"""An office behind one address may all have forgotten."""

OF_A_NAME = 50
"""From many addresses. High, since whoever knows a name could keep its owner out."""


class Throttled(AuthenticationForm):
    """The sign-in form, with a wait after too many tries."""

    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not (name and password):
            return super().clean()
        counted = count(name, address_of(self.request))
        cleaned = super().clean()
        forget(counted)
        return cleaned


class ThrottledChange(PasswordChangeForm):
    """The form for another password. Whoever comes upon a browser that is signed in guesses the one
    there is no more often than at the door."""

    def __init__(self, *args: Any, address: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._address = address

    def clean_old_password(self) -> str:
        counted = count(self.user.get_username(), self._address)
        password: str = super().clean_old_password()
        forget(counted)
        return password


def digest_of(name: str) -> str:
    """Names are kept as this alone: people type passwords into the wrong field."""
    return salted_hmac("chat.sign_in", name.casefold()).hexdigest()[:32]


def forget(counted: SignInTry) -> None:
    """It was right, so those before it were slips."""
    SignInTry.objects.filter(name_digest=counted.name_digest, address=counted.address).delete()


def count(name: str, address: str) -> SignInTry:
    """One try, of a password or a code. Raises ValidationError where there were too many; such a
    try does not prolong the wait."""
    now = timezone.now()
    SignInTry.objects.filter(at__lt=now - WINDOW).delete()
    digest = digest_of(name)
    counted = SignInTry.objects.create(name_digest=digest, address=address)
    by_name, by_address = Q(name_digest=digest), Q(address=address)
    limits = (
        (by_name & by_address, OF_A_NAME_FROM_AN_ADDRESS),
        (by_address, FROM_AN_ADDRESS),
        (by_name, OF_A_NAME),
    )
    for which, most in limits:
        tries = list(SignInTry.objects.filter(which).order_by("-at").values_list("at", flat=True))
        if len(tries) > most:
            counted.delete()
            wait = tries[most - 1] + WINDOW - now
            raise _too_many(max(1, ceil(wait / timedelta(minutes=1))))
    return counted


def _too_many(minutes: int) -> ValidationError:
    many = ngettext("a minute", "{count} minutes", minutes).format(count=minutes)
    return ValidationError(
        _("Too many wrong tries. Wait {many}, then try again.").format(many=many),
        code="too_many_tries",
    )
