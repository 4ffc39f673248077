"""A place to run code that nobody has read: off unless an operator turns it on and it holds.

What is promised and what is not: docs/sandbox.md.
"""

from chat.cascade.quality.sandbox.box import Ran, Sandbox, SandboxUnavailable
from chat.cascade.quality.sandbox.probes import self_test

__all__ = ["Ran", "Sandbox", "SandboxUnavailable", "open_sandbox", "self_test"]


def open_sandbox() -> Sandbox:
    """Tries to break every wall first, for about a second.

    Raises SandboxUnavailable where one gives way, or where there is no bubblewrap.
    """
    sandbox = Sandbox()
    if broken := self_test(sandbox):
        raise SandboxUnavailable(broken)
    return sandbox
