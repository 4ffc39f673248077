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
VARIABLES = {
    "PYTHONHOME": "/usr",
    "LD_LIBRARY_PATH": "/lib",
    "PYTHONUTF8": "1",
    # With another seed each time, the same draft would print a set in another order.
    "PYTHONHASHSEED": "0",
}

_PYTHON = "/usr/bin/python3"
_LOADED = re.compile(r"(?:(\S+) => )?(/\S+) \(0x")


def command(bwrap: str) -> list[str]:
    """Without the descriptor of the filter and without the program. Raises OSError."""
    python = os.path.realpath(sys.executable)
    library = Path(sysconfig.get_path("stdlib"))
    inside = f"/usr/{sys.platlibdir}/{library.name}"
    given = [(python, _PYTHON), (str(library), inside), *_shared_libraries(python)]
    hidden = [f"{inside}/site-packages"] if (library / "site-packages").is_dir() else []
    return [
        *(bwrap, *_NAMESPACES, *_WHO, *_END, "--clearenv"),
        *(word for pair in VARIABLES.items() for word in ("--setenv", *pair)),
        *(word for pair in given for word in ("--ro-bind", *pair)),
        *(word for path in hidden for word in ("--tmpfs", path, "--remount-ro", path)),
        *("--remount-ro", "/", "--chdir", "/"),
    ]


def interpreter() -> Sequence[str]:
    """Python without the current directory, without site, and without writing bytecode."""
    return (_PYTHON, "-P", "-s", "-S", "-B")


def _shared_libraries(python: str) -> list[tuple[str, str]]:
    """What the loader names instead of starting it, and where that stands inside; the loader itself
    stands where it always does. Extension modules that need more than these cannot be imported
    inside, `ctypes` among them."""
    traced = subprocess.run(  # noqa: S603  # this interpreter, without a shell
        [python], env={"LD_TRACE_LOADED_OBJECTS": "1"}, capture_output=True, text=True, timeout=10
    )
    return [
        (path, f"/lib/{name}" if name else path) for name, path in _LOADED.findall(traced.stdout)
    ]
