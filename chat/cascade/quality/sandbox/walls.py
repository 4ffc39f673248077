"""The command that starts a Python of which nothing leads out: bubblewrap's namespaces.

It sees its own interpreter's files, read-only, and no others; no network, not even a loopback, no
process but itself, no variable of ours. It is nobody and holds no capability.
"""

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

NOBODY = "65534"

_NAMESPACES = (
    "--unshare-user",
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-uts",
    "--unshare-cgroup-try",
)
_WHO = ("--uid", NOBODY, "--gid", NOBODY, "--cap-drop", "ALL", "--hostname", "sandbox")
_END = ("--die-with-parent", "--new-session")
# A hash seed of its own would let the same draft print a set in another order each time.
_VARIABLES = ("--clearenv", "--setenv", "PYTHONHASHSEED", "0", "--setenv", "PYTHONUTF8", "1")

_LOADED = re.compile(r"(?:=> )?(/\S+) \(0x")


def command(bwrap: str) -> list[str]:
    """Without the descriptor of the filter and without the program. Raises OSError."""
    python = os.path.realpath(sys.executable)
    library = Path(sysconfig.get_path("stdlib"))
    read_only = [python, str(library), *_shared_libraries(python)]
    hidden = [str(path) for path in (library / "site-packages",) if path.is_dir()]
    return [
        *(bwrap, *_NAMESPACES, *_WHO, *_END, *_VARIABLES),
        *(word for path in read_only for word in ("--ro-bind", path, path)),
        *(word for path in hidden for word in ("--tmpfs", path, "--remount-ro", path)),
        *("--remount-ro", "/", "--chdir", "/"),
    ]


def interpreter() -> Sequence[str]:
    """Python without the current directory, without site, and without writing bytecode."""
    return (os.path.realpath(sys.executable), "-P", "-s", "-S", "-B")


def _shared_libraries(python: str) -> list[str]:
    """What the loader names instead of starting it; extension modules that need more than these
    cannot be imported inside, `ctypes` among them."""
    traced = subprocess.run(
        [python], env={"LD_TRACE_LOADED_OBJECTS": "1"}, capture_output=True, text=True, timeout=10
    )
    return _LOADED.findall(traced.stdout)
