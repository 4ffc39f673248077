"""Links that sign their user in once: they hold a token that signing in makes invalid."""

from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode


class _Tokens(PasswordResetTokenGenerator):
    """Bound to the user's last sign-in and password; good for `PASSWORD_RESET_TIMEOUT` seconds."""

    key_salt = "chat.sign_in_links"


_tokens = _Tokens()


def path_for(user: User) -> str:
    """The link's path. It ends to work with the user's next sign-in, or after an hour."""
    name = urlsafe_base64_encode(str(user.pk).encode())
    return reverse("chat:sign_in_link", args=[name, _tokens.make_token(user)])


def user_of(name: str, token: str) -> User | None:
    try:
        user = User.objects.get(pk=force_str(urlsafe_base64_decode(name)))
    except (ValueError, OverflowError, User.DoesNotExist):
        return None
    return user if user.is_active and _tokens.check_token(user, token) else None
