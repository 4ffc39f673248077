"""What a process asks of its sandbox before it starts."""

from django.core.management.base import CommandError

from chat.cascade.quality.sandbox import SandboxUnavailable
from chat.process.sandbox import sandbox


def check_sandbox() -> None:
    """One that was asked for and does not hold is a reason not to start."""
    try:
        sandbox()
    except SandboxUnavailable as error:
        raise CommandError(f"SANDBOX=1, but: {error}") from error
