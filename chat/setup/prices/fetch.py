"""A list of prices from an address, by the engine's client: no redirects, no proxies, no end."""

import asyncio

import httpx
from django.utils.translation import gettext as _

from chat.cascade.providers.addresses import AddressRefused
from chat.cascade.providers.transport import shared_client
from chat.setup.prices.offers import MOST_BYTES, BadList

TIMEOUT_S = 20


async def fetch(address: str) -> bytes:
    """Raises `BadList`, in words for an operator."""
    url = _checked(address)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await _body(url)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise BadList(
            _("{host} did not send the list within {seconds} s.").format(
                host=url.host, seconds=TIMEOUT_S
            )
        ) from error
    except AddressRefused as error:
        raise BadList(str(error)) from error
    except httpx.HTTPError as error:
        raise BadList(_("{host} cannot be reached.").format(host=url.host)) from error


def _checked(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address.strip())
    except httpx.InvalidURL as error:
        raise BadList(
            _("That is not an address; it must be like https://host/prices.json.")
        ) from error
    if url.scheme != "https" or not url.host:
        raise BadList(_("The address must be like https://host/prices.json."))
    if url.userinfo:
        raise BadList(_("The address must not hold a user name or a password."))
    return url


async def _body(url: httpx.URL) -> bytes:
    client = await shared_client()
    async with client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
        if answer.status_code != 200:
            raise BadList(
                _("{host} answered with status {status}.").format(
                    host=url.host, status=answer.status_code
                )
            )
        body = bytearray()
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > MOST_BYTES:
                raise BadList(
                    _("The list is larger than {most} MB.").format(most=MOST_BYTES // 1024 // 1024)
                )
        return bytes(body)
