"""Where a request or a socket comes from, as limits count it."""

from contextvars import ContextVar
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest

address: ContextVar[str] = ContextVar("address", default="")
"""Of what is being answered; empty where it is not known, and where nothing is."""


def address_of(request: HttpRequest | None) -> str:
    meta = request.META if request else {}
    return _address(meta.get("HTTP_X_FORWARDED_FOR", ""), meta.get("REMOTE_ADDR", ""))


def address_of_scope(scope: Any) -> str:
    told = dict(scope["headers"]).get(b"x-forwarded-for", b"").decode("latin-1")
    return _address(told, (scope.get("client") or ("",))[0])


def _address(forwarded: str, direct: str) -> str:
    """Of IPv6 the network, since one machine has many addresses; of IPv4 in its clothes the IPv4.

    Behind a proxy it is what the proxy has added last: all before that, anybody can write.
    """
    told = forwarded if settings.HTTPS else ""
    try:
        found = ip_address(told.rpartition(",")[2].strip() or direct)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False).network_address)
    return str(found)


def is_counted(address: str) -> bool:
    """Not this machine: that is whoever runs it, or a proxy that does not say for whom it asks."""
    return bool(address) and address != "::" and not address.startswith("127.")
