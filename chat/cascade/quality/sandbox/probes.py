"""Attempts to break out, made before anything else is run: one sentence for what gives way."""

import contextlib
import socket
import tempfile
from collections.abc import Iterator

from chat.cascade.quality.sandbox.box import Sandbox
from chat.cascade.quality.sandbox.walls import NOBODY, VARIABLES

_START_S = 5.0
_LOOP_S = 0.5

# Each ends well only where the attempt worked. Names in braces are given from outside.
# `bytes` asks for memory without writing to it, so that the attempt takes no time where it works.
_ATTEMPTS = {
    "A program in the sandbox can read files of this machine.": """
open({outside!r}).read()
""",
    "A program in the sandbox sees folders of this machine.": """
import os
for folder in ("/etc", "/home", "/proc", "/sys", "/dev", "/tmp", "/var"):
    if os.path.exists(folder): break
else:
    raise OSError
""",
    "A program in the sandbox can write files.": """
import os, sys
for folder in ("/", "/tmp", os.path.dirname(os.__file__), os.path.dirname(sys.executable)):
    try:
        with open(folder + "/written", "w") as file: file.write("x")
        break
    except OSError: pass
else:
    raise OSError
""",
    "A program in the sandbox can reach the network of this machine.": """
import socket
socket.create_connection(("127.0.0.1", {port}), 1)
""",
    "A program in the sandbox can open sockets.": """
import socket
socket.socket()
""",
    "A program in the sandbox can start processes.": """
import os
if os.fork() == 0: os._exit(0)
""",
    "A program in the sandbox can start threads.": """
import _thread
_thread.start_new_thread(int, ())
""",
    "A program in the sandbox can send signals.": """
import os
os.kill(os.getppid() or 1, 0)
""",
    "A program in the sandbox is not run as nobody.": """
import os
if os.getuid() == {nobody}: raise OSError
""",
    "A program in the sandbox sees variables of this process.": """
import os
if not set(os.environ) - {variables}: raise OSError
""",
    "A program in the sandbox can take more memory than it is given.": """
bytes(1 << 30)
""",
    "A program in the sandbox can raise its own limits.": """
import resource
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
""",
}

_HARNESS = """
for sentence, attempt in {attempts}.items():
    try:
        exec(attempt, {{"__name__": "attempt"}})
    except (OSError, RuntimeError, MemoryError, ValueError, ImportError):
        continue
    print("broken:", sentence, flush=True)
print("done")
"""


def self_test(sandbox: Sandbox) -> str:
    """What gives way, in one sentence; "" where every wall holds."""
    if sentence := _cannot_start(sandbox):
        return sentence
    with _secret() as outside, _listener() as port:
        given = {
            "outside": outside,
            "port": port,
            "nobody": NOBODY,
            "variables": {"PWD", *VARIABLES},
        }
        attempts = {name: code.format(**given) for name, code in _ATTEMPTS.items()}
        tried = sandbox.run(_HARNESS.format(attempts=attempts), _START_S)
    lines = tried.output.splitlines()
    broken = [line.removeprefix("broken: ") for line in lines if line.startswith("broken: ")]
    if broken:
        return broken[0]
    if lines[-1:] != ["done"]:
        return "The attempts to break out of the sandbox could not be made."
    return _without_end(sandbox)


def _cannot_start(sandbox: Sandbox) -> str:
    try:
        ran = sandbox.run("print(6 * 7)", _START_S)
    except OSError as exc:
        return f"The sandbox does not start here: {exc.strerror}."
    if ran.ok and ran.output == "42\n":
        return ""
    said = ran.output.strip().splitlines()
    reason = said[-1] if said else "it says nothing"
    return f"The sandbox does not start here: {reason.rstrip('.')}."


def _without_end(sandbox: Sandbox) -> str:
    if not sandbox.run("while True: pass", _LOOP_S).timed_out:
        return "A program in the sandbox is not ended when its time is up."
    flood = sandbox.run("while True: print('x' * 4096)", _START_S)
    if flood.ok or flood.timed_out:
        return "A program in the sandbox can write without end."
    return ""


@contextlib.contextmanager
def _secret() -> Iterator[str]:
    """The path of a file that any user of this machine may read."""
    with tempfile.NamedTemporaryFile() as file:
        yield file.name


@contextlib.contextmanager
def _listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
