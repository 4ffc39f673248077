"""Keys of providers: named in the environment, or kept in the database, encrypted.

`FIELD_KEYS` holds what they are encrypted with: the first encrypts, all decrypt, so that a new one
is put in front, `manage.py rotate_keys` run, and the old one taken away. It has nothing to do with
SECRET_KEY. Where it is missing or wrong, nothing breaks but what needs it, with a sentence.
"""

import os

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from chat.cascade.errors import ConfigError
from chat.localised import number
from chat.models import Provider
from chat.process import redaction

MOST_CHARACTERS = 4_000
_SHOWN_FROM = 12  # four characters of a shorter key would be too large a part of it

NO_FIELD_KEYS = gettext_lazy(
    "Keys can be stored once FIELD_KEYS is set; until then name a variable."
)
WRONG_FIELD_KEYS = gettext_lazy(
    "FIELD_KEYS is not a list of Fernet keys (32 random bytes each, as URL-safe base64), so no "
    "key can be stored or read."
)


def why_none_can_be_stored() -> str:
    """A sentence, or "" where keys can be stored."""
    if not settings.FIELD_KEYS:
        return str(NO_FIELD_KEYS)
    try:
        _cipher()
    except ConfigError as error:
        return str(error)
    return ""


@sensitive_variables()
def cleaned(text: str) -> str:
    """A key as it was pasted -> as it is sent. Raises `ConfigError`, which does not repeat it."""
    key = text.strip().strip("\ufeff").strip()
    if "\n" in key or "\r" in key:
        raise ConfigError(_("A key is one line; this one has a line break in it."))
    if not key.isascii():
        raise ConfigError(
            _(
                "A key is plain ASCII; this one holds something else, such as curly quotes. "
                "Copy it again from where it was made."
            )
        )
    if not key.isprintable() or " " in key:
        raise ConfigError(_("A key has no spaces or control characters in it; this one has."))
    if key[:1] in ("'", '"') or key[-1:] in ("'", '"'):
        raise ConfigError(_("Leave out the quotes around the key."))
    if len(key) > MOST_CHARACTERS:
        raise ConfigError(
            _("A key has at most {most} characters.").format(most=number(MOST_CHARACTERS))
        )
    return key


@sensitive_variables()
def store(provider: Provider, key: str, by: str) -> None:
    """On the row, which the caller saves; "" takes the key away. Raises `ConfigError`."""
    provider.key_encrypted = encrypted(key) if key else ""
    provider.key_last_four = key[-4:] if len(key) >= _SHOWN_FROM else ""
    provider.key_set_at = timezone.now() if key else None
    provider.key_set_by = by if key else ""


@sensitive_variables()
def key_of(provider: Provider) -> str:
    """What to send, or "". Raises `ConfigError` where there should be a key and none can be had."""
    redaction.learn(*provider.extra_headers.values())
    if provider.key_encrypted:
        return decrypted(
            provider.key_encrypted, _("The stored key of {provider}").format(provider=provider)
        )
    if not (variable := provider.key_variable):
        return ""
    key = os.environ.get(variable, "")
    if not key.strip():
        raise ConfigError(
            _("The environment variable {variable} is not set, so no model can be called.").format(
                variable=variable
            )
        )
    try:
        return cleaned(key)
    except ConfigError as error:
        raise ConfigError(
            _("The environment variable {variable} holds no key. {error}").format(
                variable=variable, error=error
            )
        ) from None


def problem(provider: Provider) -> str:
    """Why the key of a provider cannot be used, or ""."""
    try:
        key_of(provider)
    except ConfigError as error:
        return str(error)
    return ""


def rotate(provider: Provider) -> bool:
    """Encrypts a stored key anew, by the first of FIELD_KEYS; False where none can read it."""
    token = rotated(provider.key_encrypted)
    return bool(token and Provider.objects.filter(pk=provider.pk).update(key_encrypted=token))


@sensitive_variables()
def encrypted(secret: str) -> str:
    """By the first of FIELD_KEYS. Raises `ConfigError`."""
    redaction.learn(secret)
    return _cipher().encrypt(secret.encode()).decode()


@sensitive_variables()
def decrypted(token: str, what: str) -> str:
    """Raises `ConfigError`, which says that `what` cannot be read."""
    try:
        secret = _cipher().decrypt(token.encode()).decode()
    except InvalidToken:
        raise ConfigError(
            _(
                "{what} cannot be read by any of FIELD_KEYS. "
                "Give it again, or put back the one it was encrypted with."
            ).format(what=what)
        ) from None
    redaction.learn(secret)
    return secret


def rotated(token: str) -> str:
    """Encrypted anew by the first of FIELD_KEYS; "" where none can read it."""
    try:
        return _cipher().rotate(token.encode()).decode()
    except InvalidToken:
        return ""


@sensitive_variables()
def _cipher() -> MultiFernet:
    if not settings.FIELD_KEYS:
        raise ConfigError(_("A stored key cannot be read, since FIELD_KEYS is not set."))
    try:
        return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])
    except ValueError:
        raise ConfigError(WRONG_FIELD_KEYS) from None
