"""What the fields of a set-up may say."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any

import httpx
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chat import cascade as engine
from chat.cascade.providers import lookup, transport
from chat.cascade.providers.addresses import AddressRefused
from chat.localised import number, price
from chat.sentences import told


def accepted(field: str, **settings: Any) -> None:
    """The engine's own rules for a model, as a form's error on a field."""
    try:
        engine.ModelConfig(**({"name": "any", "provider": "openai"} | settings))
    except engine.ConfigError as error:
        raise ValidationError({field: told(str(error))}) from error


def reachable(field: str, url: str) -> str:
    """What the network's rules say of an address, where there is one, as an error on a field.

    Returns a sentence where its name is not known now, for whoever has typed it.
    """
    if not url.strip():
        return ""
    typed = httpx.URL(url.strip())
    try:
        if transport.check_typed(typed):
            return ""
    except AddressRefused as error:
        raise ValidationError({field: told(str(error))}) from error
    return _("The name {host} is not known here just now. See whether it is spelt right.").format(
        host=typed.host
    )


@contextmanager
def looked_up(*urls: str) -> Iterator[None]:
    """Names are looked up ahead of it: `reachable` would keep whoever writes waiting for a name
    server, in the transaction that saves what was typed."""
    with lookup.once():
        for url in urls:
            with suppress(ValidationError):
                accepted("url", base_url=url)
                reachable("url", url)
        yield


_OURS = {
    *("accept", "accept-encoding", "api-key", "authorization", "connection", "content-encoding"),
    *("content-length", "content-type", "cookie", "expect", "host", "keep-alive"),
    *("proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    *("x-api-key", "x-goog-api-key"),
}
_MOST_HEADERS, _LONGEST_HEADER = 20, 1_000


def accepted_headers(headers: Any) -> None:
    """Further headers, as an error on their field; no value is repeated in it."""
    field = "extra_headers"
    if not isinstance(headers, dict):
        raise ValidationError({field: _('Write an object, such as {"X-Title": "Our chat"}.')})
    if len(headers) > _MOST_HEADERS:
        raise ValidationError(
            {field: _("At most {most} headers can be given.").format(most=_MOST_HEADERS)}
        )
    if len({name.lower() for name in headers}) < len(headers):
        raise ValidationError({field: _("The same header is given twice.")})
    for name, value in headers.items():
        if name.lower().replace("_", "-") in _OURS:
            raise ValidationError(
                {field: _("The header {name} is set by the chat itself.").format(name=name)}
            )
        if isinstance(value, str) and len(value) > _LONGEST_HEADER:
            raise ValidationError(
                {
                    field: _("A header has at most {most} characters.").format(
                        most=number(_LONGEST_HEADER)
                    )
                }
            )
    accepted(field, extra_headers=headers)


_DEAREST, _CHEAPEST = Decimal(10_000), Decimal("0.0001")


def price_per_million(value: Decimal) -> None:
    """What no model costs is a slip, mostly of the unit."""
    if value < 0:
        raise ValidationError(_("A price is $0 or more."))
    if value > _DEAREST:
        raise ValidationError(_("Prices are USD per million tokens, and $10,000 is the most."))
    if 0 < value < _CHEAPEST:
        raise ValidationError(
            _(
                "Prices are USD per million tokens, and this looks like one per token: that would "
                "be {amount} per million."
            ).format(amount=price(value * 1_000_000))
        )


def accepted_tiers(tiers: Any) -> None:
    """Prices of long requests, as an error on their field."""
    field = "tiers"
    accepted(field, price_tiers=tiers, input_price=1, output_price=1)
    try:
        for tier in tiers:
            for name in tier.keys() - {"above"}:
                if tier[name] is not None:
                    price_per_million(Decimal(str(tier[name])))
    except ValidationError as error:
        raise ValidationError({field: error}) from error


def one_line(value: str) -> None:
    if not value.isprintable():
        raise ValidationError(_("A name is one line of text, without control characters."))
