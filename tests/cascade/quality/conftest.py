"""Whether a sandbox can be had here, and what stands in for one where code is known."""

import subprocess
import sys

import pytest

from chat.cascade.quality.sandbox import Ran, SandboxUnavailable, open_sandbox


def _refusal() -> str:
    try:
        open_sandbox()
    except SandboxUnavailable as exc:
        return str(exc)
    return ""


REFUSAL = _refusal()

collect_ignore = ["test_sandbox_attacks.py"] if REFUSAL else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if REFUSAL:
        terminalreporter.section("sandbox")
        terminalreporter.line(f"The attacks on the sandbox were not tried. {REFUSAL}")


class Unguarded:
    """Runs the programs of these tests, which are known, as the sandbox runs unknown ones."""

    def run(self, program: str, timeout_s: float = 2.0) -> Ran:
        command = [sys.executable, "-P", "-s", "-S", "-c", program]
        try:
            ended = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=timeout_s,
                env={"PYTHONHASHSEED": "0"},
            )
        except subprocess.TimeoutExpired:
            return Ran(False, "", True)
        return Ran(ended.returncode == 0, ended.stdout, False)


@pytest.fixture
def unguarded() -> Unguarded:
    return Unguarded()
