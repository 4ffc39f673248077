"""The sandbox of this process, where the operator asked for one: SANDBOX=1."""

from functools import cache

from django.conf import settings

from chat.cascade.quality.sandbox import Sandbox, open_sandbox


@cache
def sandbox() -> Sandbox | None:
    """Tested once, which takes about a second; None where none is asked for.

    Raises SandboxUnavailable where one is asked for and does not hold.
    """
    return open_sandbox() if settings.SANDBOX else None
