"""The sandbox: every way out is tried, and a wall that is taken away is found missing.

Collected only where the sandbox holds (`conftest.py`); for elsewhere there is `test_sandbox.py`.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from chat.cascade.quality import decide
from chat.cascade.quality.sandbox import (
    Sandbox,
    box,
    filter,
    open_sandbox,
    self_test,
    walls,
)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return open_sandbox()


def test_a_program_runs_and_says_what_it_says(sandbox: Sandbox) -> None:
    assert sandbox.run("import math\nprint(math.comb(5, 2))") == (True, "10\n", False)


def test_what_examples_need_of_the_library_is_there(sandbox: Sandbox) -> None:
    modules = (
        "bisect collections copy datetime decimal fractions functools hashlib heapq itertools json"
        " math operator random re statistics string typing"
    )
    ran = sandbox.run(f"import {', '.join(modules.split())}")
    assert ran == (True, "", False)


def test_sets_of_strings_come_in_the_same_order_each_time(sandbox: Sandbox) -> None:
    program = "print({'one', 'two', 'three', 'four'})"
    assert sandbox.run(program) == sandbox.run(program)


READ = "print(open({!r}, errors='replace').read())"
ESCAPES = {
    "passwords": READ.format("/etc/passwd"),
    "this test": READ.format(__file__),
    "home": f"import os; print(os.listdir({str(Path.home())!r}))",
    "variables of its parent": READ.format("/proc/1/environ"),
    "its own memory": READ.format("/proc/self/mem"),
    "devices": READ.format("/dev/zero"),
    "descriptors left open": "import os\nfor fd in range(3, 64): os.read(fd, 1)",
    "a symlink": "import os; os.symlink('/etc/passwd', '/link'); print(open('/link').read())",
    "dots": READ.format("../../../../../../etc/passwd"),
    "a file": "open('/written', 'w').write('x')",
    "a file in the library": "import os; open(os.__file__, 'a').write('x')",
    "a temporary file": "import tempfile; tempfile.TemporaryFile()",
    "a file in memory": "import os; os.memfd_create('x')",
    "a folder": "import os; os.mkdir('/made')",
    "a device": "import os, stat; os.mknod('/sda', 0o600 | stat.S_IFBLK, os.makedev(8, 0))",
    "mode bits": "import os; os.chmod(os.__file__, 0o777)",
    "a socket": "import socket; socket.socket()",
    "a Unix socket": "import socket; socket.socket(socket.AF_UNIX)",
    "a socket pair": "import socket; socket.socketpair()",
    "names of hosts": "import socket; socket.getaddrinfo('example.org', 80)",
    "fork": "import os; os.fork()",
    "a shell": "import os; print(1 / (os.system('true') == 0))",
    "a subprocess": "import subprocess, sys; subprocess.run([sys.executable, '-c', ''])",
    "a thread": "import _thread; _thread.start_new_thread(int, ())",
    "killing its parent": "import os; os.kill(os.getppid(), 9)",
    "killing all": "import os; os.kill(-1, 9)",
    "killing the first": "import os; os.kill(1, 9)",
    "foreign functions": "import ctypes; ctypes.CDLL(None)",
    "becoming root": "import os; os.setuid(0)",
    "another root": "import os; os.chroot('/')",
    "memory": "bytearray(1 << 30)",
    "memory in pieces": "x = []\nwhile True: x.append(bytearray(1 << 20))",
    "mapped memory": "import mmap; mmap.mmap(-1, 1 << 30)",
    "more memory": "import resource as r; r.setrlimit(r.RLIMIT_AS, (1 << 40, 1 << 40))",
    "more files": "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (1, 1))",
    "a crash": (
        "import sys; sys.setrecursionlimit(10**9)\n"
        "class A:\n def __repr__(self): return repr(self)\n"
        "repr(A())"
    ),
    "endless recursion": "def f(): f()\nf()",
}


@pytest.mark.parametrize("program", ESCAPES.values(), ids=ESCAPES)
def test_a_way_out_is_closed(sandbox: Sandbox, program: str) -> None:
    ran = sandbox.run(program, 10)
    assert not ran.ok and not ran.timed_out, ran
    assert "root:" not in ran.output and "SECRET" not in ran.output


def test_no_variable_of_ours_is_inside(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "SECRET")
    ran = sandbox.run("import os; print(sorted(os.environ), os.getuid(), os.getpid())")
    assert ran.output == f"{sorted(['PWD', *walls.VARIABLES])} 65534 2\n"


def test_nothing_is_there_but_python(sandbox: Sandbox) -> None:
    walk = "import os\nfor d, _, files in os.walk('/'): [print(d + '/' + f) for f in files]"
    seen = {Path(line) for line in sandbox.run(walk, 10).output.splitlines()}
    others = {path for path in seen if "python3" not in str(path)}
    assert others and all(".so" in path.name for path in others)
    assert not any("site-packages" in path.parts for path in seen)


ENDLESS = {
    "a loop": "while True: pass",
    "sleep": "import time; time.sleep(600)",
    "a loop that catches": "while True:\n try:\n  while True: pass\n except BaseException: pass",
    "deaf to signals": (
        "import signal\n"
        "for s in set(signal.Signals) - {9, 19}: signal.signal(s, signal.SIG_IGN)\n"
        "while True: pass"
    ),
    "a closed output": "import os\nos.close(1); os.close(2)\nwhile True: pass",
    "arithmetic": "print(len(str(10 ** 10 ** 8)))",
    "a regular expression": "import re; re.match('(a+)+$', 'a' * 64 + 'b')",
}


@pytest.mark.parametrize("program", ENDLESS.values(), ids=ENDLESS)
def test_what_does_not_end_is_ended(sandbox: Sandbox, program: str) -> None:
    began = time.monotonic()
    ran = sandbox.run(program, 0.5)
    assert ran.timed_out and not ran.ok
    assert time.monotonic() - began < 5
    assert left_over() == []


def test_endless_output_is_cut(sandbox: Sandbox) -> None:
    ran = sandbox.run("while True: print('x' * 999)", 20)
    assert (ran.ok, ran.timed_out, len(ran.output)) == (False, False, box.OUTPUT)
    assert left_over() == []


def test_a_fork_bomb_leaves_nothing_behind(sandbox: Sandbox) -> None:
    bomb = "import os\nwhile True:\n try: os.fork()\n except OSError: pass"
    assert sandbox.run(bomb, 0.5).timed_out
    assert left_over() == []


def test_a_daemon_dies_with_its_program_even_where_it_could_be_started() -> None:
    sandbox = unfiltered()
    daemon = "import os, time\nif os.fork() == 0:\n os.setsid()\n time.sleep(600)"
    assert sandbox.run(daemon, 5).ok
    assert left_over() == []


STARTER = (
    "from chat.cascade.quality.sandbox import Sandbox\n"
    "box = Sandbox()\n"
    "print('ready', flush=True)\n"
    "box.run('import time; time.sleep(600)', {timeout_s})"
)


@pytest.mark.parametrize(
    ("timeout_s", "started"), [(600, 3), (600, 1)], ids=["while it runs", "while it starts"]
)
def test_it_dies_when_the_process_that_started_it_is_killed(timeout_s: int, started: int) -> None:
    """bwrap, its first process and Python: 3."""
    program = STARTER.format(timeout_s=timeout_s)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout and parent.stdout.readline() == b"ready\n"
        assert wait_for(lambda: len(children_of(parent.pid)) >= started)
        left = children_of(parent.pid)
        parent.send_signal(signal.SIGKILL)
    assert wait_for(lambda: not any(map(is_alive, left)))


def test_leaving_early_only_says_that_it_left(sandbox: Sandbox) -> None:
    assert sandbox.run("import sys; sys.exit(0)").ok
    assert sandbox.run("import os; os._exit(0)").ok
    assert not sandbox.run("raise SystemExit(1)").ok


def test_no_more_than_so_many_run_at_once(sandbox: Sandbox) -> None:
    took: list[float] = []

    def sleep() -> None:
        sandbox.run("import time; time.sleep(0.3)", 20)
        took.append(time.monotonic() - began)

    threads = [threading.Thread(target=sleep) for _ in range(box.AT_ONCE + 1)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(took) >= 0.6


def test_a_start_is_fast(sandbox: Sandbox) -> None:
    def start() -> float:
        began = time.perf_counter()
        assert sandbox.run("pass").ok
        return time.perf_counter() - began

    assert min(start() for _ in range(5)) < 0.2


def test_a_draft_is_judged_by_what_it_does_in_here(sandbox: Sandbox) -> None:
    prompt = 'def double(n):\n    """Twice n.\n\n    >>> double(4)\n    8\n    """\n'
    assert decide(prompt, "def double(n):\n    return n * 2", sandbox=sandbox).accepted
    assert decide(prompt, "def double(n):\n    return n ** 2", sandbox=sandbox).reason == "examples"
    forged = "import sys\ndef double(n):\n    sys._getframe(1).f_locals.clear()\n    return 7"
    assert decide(prompt, forged, sandbox=sandbox).reason == "examples"


def test_judge_runs_drafts_in_here(tmp_path: Path) -> None:
    prompt = "def f(n):\n    return n * 2\nassert f(4) == ??"
    answers = {"a": "The answer is: 8", "b": "The answer is: 16"}
    records = [{"id": i, "prompt": prompt, "weak_answer": said} for i, said in answers.items()]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(map(json.dumps, records)))
    call_command("judge", input=source, output=target, sandbox=True, untrained=True)
    verdicts = [json.loads(line) for line in target.read_text().splitlines()]
    assert [verdict["accepted"] for verdict in verdicts] == [True, False]


# The self-test


def test_every_wall_holds_here(sandbox: Sandbox) -> None:
    assert self_test(sandbox) == ""


def weakened(*extra: str) -> Sandbox:
    sandbox = Sandbox()
    before = sandbox._command.index("--clearenv") + 1
    sandbox._command[before:before] = extra
    return sandbox


def unfiltered() -> Sandbox:
    sandbox = Sandbox()
    sandbox._filter = filter._step(filter._RETURN, filter._ALLOW)
    return sandbox


def as_somebody() -> Sandbox:
    sandbox = Sandbox()
    sandbox._command[sandbox._command.index("--uid") + 1] = "1000"
    return sandbox


def unlimited(monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setattr(box, "MEMORY", 1 << 40)
    return Sandbox()


WEAK = {
    "a folder": (lambda: weakened("--ro-bind", "/etc", "/etc"), "sees folders"),
    "files": (lambda: weakened("--ro-bind", "/tmp", "/tmp"), "can read files"),
    "a place to write": (lambda: weakened("--tmpfs", "/tmp"), "sees folders"),
    "variables": (lambda: weakened("--setenv", "KEY", "x"), "sees variables"),
    "another user": (as_somebody, "not run as nobody"),
    "no filter": (unfiltered, "can open sockets"),
}


@pytest.mark.parametrize(("weak", "found"), WEAK.values(), ids=WEAK)
def test_a_missing_wall_is_found(weak: Callable[[], Sandbox], found: str) -> None:
    assert found in self_test(weak())


def test_a_network_is_found() -> None:
    sandbox = unfiltered()
    sandbox._command.remove("--unshare-net")
    assert self_test(sandbox) == "A program in the sandbox can reach the network of this machine."


def test_a_missing_limit_of_memory_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "more memory" in self_test(unlimited(monkeypatch))


def test_a_clock_that_does_not_end_programs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Sandbox.run
    monkeypatch.setattr(Sandbox, "run", lambda *given: run(*given)._replace(timed_out=False))
    assert "time is up" in self_test(Sandbox())


NAMESPACES = {
    name: program
    for name, program in ESCAPES.items()
    if not name.startswith(("a socket", "a Unix", "fork", "a thread", "killing", "a subprocess"))
    and name not in ("a file in memory",)
}


@pytest.mark.parametrize("program", NAMESPACES.values(), ids=NAMESPACES)
def test_what_needs_no_filter_holds_without_it(program: str) -> None:
    ran = unfiltered().run(program, 10)
    assert not ran.ok and not ran.timed_out, ran


def test_without_the_filter_there_is_still_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for address in (f"('127.0.0.1', {port})", "('10.0.0.1', 80)"):
            ran = unfiltered().run(f"import socket; socket.create_connection({address}, 2)", 10)
            assert not ran.ok and not ran.timed_out


# What is left behind


def processes() -> Iterator[tuple[int, int]]:
    """Of each process, itself and its parent."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                yield int(folder.name), int(fields[1])


def children_of(parent: int) -> list[int]:
    known = list(processes())
    found = [child for child, of in known if of == parent]
    return [*found, *(grandchild for child in found for grandchild in children_of(child))]


_before: set[int] = set()


@pytest.fixture(autouse=True)
def others() -> None:
    """What runs for other tests, as servers do, is none of a sandbox's."""
    _before.clear()
    _before.update(children_of(os.getpid()))


def left_over() -> list[int]:
    return [process for process in children_of(os.getpid()) if process not in _before]


def wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def is_alive(process: int) -> bool:
    return any(process == known for known, _ in processes())
