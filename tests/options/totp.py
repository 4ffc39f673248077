"""What an authenticator app shows: RFC 6238, as a phone computes it."""

import base64
import hashlib
import hmac
import time


def code(secret: str, *, steps: int = 0) -> str:
    """Now, or so many half minutes later."""
    counter = int(time.time()) // 30 + steps
    key = base64.b32decode(secret)
    digest = hmac.new(key, counter.to_bytes(8, "big"), hashlib.sha1).digest()
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
