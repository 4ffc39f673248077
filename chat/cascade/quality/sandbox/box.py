"""Running one Python program behind the walls, and being rid of it afterwards."""

import math
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from contextlib import ExitStack, suppress
from typing import IO, NamedTuple

from chat.cascade.errors import CascadeError
from chat.cascade.quality.sandbox.filter import filter_program
from chat.cascade.quality.sandbox.walls import command, interpreter

MEMORY = 256 * 1024 * 1024
OUTPUT = 64 * 1024
"""Bytes."""

AT_ONCE = 4
"""Programs of one sandbox that run at the same time; others wait for their turn."""

_READY = b"\0"
_END = "\n# the whole of it"

_PRELUDE = """
import os, resource, sys
for name, most in {limits}.items():
    resource.setrlimit(getattr(resource, name), (most, most))
os.write(1, {ready})
program = sys.stdin.read()
sys.stdin.close()
if program.endswith({end!r}):
    exec(compile(program, "<program>", "exec"), {{"__name__": "__main__"}})
"""
"""The program is sent once Python runs, so that bwrap has asked to die with us by then; should we
die before, only a part of it arrives, and is not run."""


class SandboxUnavailable(CascadeError):
    """Says in one sentence which wall does not hold here."""


class Ran(NamedTuple):
    """`ok` is no more than an exit with 0, which any program can ask for. `output` is what it wrote
    to stdout and stderr; a program that writes more than OUTPUT bytes is ended."""

    ok: bool
    output: str
    timed_out: bool


class Sandbox:
    """Runs Python programs, each in a process of its own that is gone when `run` returns.

    Raises SandboxUnavailable where it cannot even be tried.
    """

    def __init__(self) -> None:
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            raise SandboxUnavailable("bubblewrap is not installed: there is no command bwrap.")
        try:
            self._filter = filter_program()
            self._command = command(bwrap)
        except LookupError as exc:
            raise SandboxUnavailable(
                f"There is no list of system calls for this kind of machine ({exc})."
            ) from exc
        except (OSError, subprocess.SubprocessError) as exc:
            raise SandboxUnavailable("The libraries Python needs cannot be listed.") from exc
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def run(self, program: str, timeout_s: float = 2.0) -> Ran:
        """Blocks for at most `timeout_s` of its own turn. Raises OSError where nothing starts."""
        with self._turns, ExitStack() as closing:
            rules = closing.enter_context(_file(self._filter))
            process = closing.enter_context(
                subprocess.Popen(  # noqa: S603  # a list of our own words, without a shell
                    self._words(rules.fileno(), timeout_s),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    pass_fds=[rules.fileno()],
                    env={},
                    cwd="/",
                    start_new_session=True,
                )
            )
            closing.callback(_kill, process)
            deadline = time.monotonic() + timeout_s
            return _listen(process, (program + _END).encode("utf-8", "replace"), deadline)

    def _words(self, rules: int, timeout_s: float) -> list[str]:
        limits = {
            "RLIMIT_CPU": math.ceil(timeout_s) + 1,
            "RLIMIT_AS": MEMORY,
            "RLIMIT_NPROC": 1,
            "RLIMIT_NOFILE": 32,
            "RLIMIT_FSIZE": 0,
            "RLIMIT_CORE": 0,
        }
        prelude = _PRELUDE.format(limits=limits, ready=_READY, end=_END)
        return [*self._command, "--seccomp", str(rules), *interpreter(), "-c", prelude]


def _file(content: bytes) -> IO[bytes]:
    """In memory, at its beginning."""
    file = os.fdopen(os.memfd_create("sandbox"), "w+b")
    file.write(content)
    file.seek(0)
    return file


def _listen(process: subprocess.Popen[bytes], program: bytes, deadline: float) -> Ran:
    assert process.stdin and process.stdout
    source = process.stdout.fileno()
    output = _next(source, deadline) or b""
    if output == _READY:
        output = b""
        with suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(program)
    while len(output) <= OUTPUT and (piece := _next(source, deadline)):
        output += piece
    ended = len(output) <= OUTPUT and piece == b""
    try:
        # Code may close its output and go on.
        code = process.wait(max(0.0, deadline - time.monotonic())) if ended else None
    except subprocess.TimeoutExpired:
        code = None
    timed_out = code is None and len(output) <= OUTPUT
    return Ran(code == 0, output[:OUTPUT].decode("utf-8", "replace"), timed_out)


def _next(source: int, deadline: float) -> bytes | None:
    """What is written next: nothing at the end, None at the deadline."""
    poll = select.poll()
    poll.register(source, select.POLLIN)
    left = max(0.0, deadline - time.monotonic())
    return os.read(source, OUTPUT) if poll.poll(left * 1000) else None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With bwrap dies the first process of its namespace, and with that every other in there."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
