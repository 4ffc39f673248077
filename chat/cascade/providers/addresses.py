"""Where requests may go, for whoever lets others type addresses in.

An address is decided on by what is written (`check`) and by every address its name has
(`check_resolved`): when it is typed, and again for each request. What is connected to is what was
checked. The rules are explicit, since `ipaddress.is_global` is true of
64:ff9b::/96, 2002::/16, ::127.0.0.1, 192.0.0.192 and 224.0.0.1.
"""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import httpx

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

ANY_PORT = "*"
_PORTS = {"https": 443, "http": 80}


class AddressRefused(httpx.TransportError):
    """The message is a sentence that names no address but the one that was given."""


_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        # https://www.iana.org/assignments/iana-ipv4-special-registry
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # Azure's machines ask it for their secrets
        # https://www.iana.org/assignments/iana-ipv6-special-registry, within 2000::/3
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
_IPV6_IN_USE = ipaddress.ip_network("2000::/3")


def is_public(ip: IpAddress) -> bool:
    """Whether it belongs to the internet alone. What tunnels to another address does not."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(ip.ipv4_mapped)
        if ip not in _IPV6_IN_USE:
            return False
    return not any(ip in network for network in _NOT_PUBLIC)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Public addresses over https, and what `local` names as host:port, or host:* for any port."""

    local: frozenset[str] = frozenset()

    @classmethod
    def reading(cls, entries: Iterable[str]) -> "Addresses":
        """Raises ValueError for an entry that is not host:port."""
        return cls(frozenset(map(_entry, entries)))

    def check(self, url: httpx.URL) -> None:
        """Raises `AddressRefused`, without a look at any name server."""
        port = port_of(url)
        if self.is_local(url.host, port):
            return
        here = _place(url.host, port)
        if literal := literal_of(url.host):
            self._check_public(literal, here)
        if url.scheme != "https":
            raise AddressRefused(
                f"{here} must be asked by https, or be listed in LOCAL_MODEL_ADDRESSES."
            )

    def check_resolved(self, host: str, port: int, found: Iterable[str]) -> None:
        """Raises `AddressRefused` if any of the addresses of a host is not public."""
        if self.is_local(host, port):
            return
        for address in found:
            self._check_public(ipaddress.ip_address(address.partition("%")[0]), _place(host, port))

    def is_local(self, host: str, port: int) -> bool:
        return not self.local.isdisjoint({_place(host, port), _place(host, ANY_PORT)})

    def _check_public(self, ip: IpAddress, place: str) -> None:
        if not is_public(ip):
            raise AddressRefused(
                f"{place} is on a private network. To allow it, list {place} in "
                "LOCAL_MODEL_ADDRESSES."
            )


def _place(host: str, port: int | str) -> str:
    host = host.lower().removesuffix(".")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def port_of(url: httpx.URL) -> int:
    return url.port or _PORTS.get(url.scheme, 0)


def literal_of(host: str) -> IpAddress | None:
    """Also in the forms that only a resolver takes for an address: 2130706433, 0x7f000001, 127.1"""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.ip_address(socket.inet_aton(host.removesuffix(".")))
    except (OSError, UnicodeError):
        return None


def _entry(entry: str) -> str:
    host, _, port = entry.strip().rpartition(":")
    bare = host.strip("[]")
    is_port = port == ANY_PORT or (port.isdecimal() and 0 < int(port) < 65_536)
    if not is_port or not bare or not bare.isascii() or set(bare) & set("/@?# *"):
        raise ValueError(f"{entry!r} must be like 127.0.0.1:11434")
    return _place(bare, port)
