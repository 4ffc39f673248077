"""Where no sandbox can be had: it is refused in one sentence, by the command and at the start."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from chat.cascade.quality.sandbox import Sandbox, SandboxUnavailable, open_sandbox, self_test
from chat.process.sandbox import sandbox as of_this_process
from tests.cascade.quality.conftest import REFUSAL


def test_it_holds_here_or_says_why_it_does_not() -> None:
    if REFUSAL:
        with pytest.raises(SandboxUnavailable) as refused:
            open_sandbox()
        assert str(refused.value).endswith(".")
    else:
        assert open_sandbox().run("print(1)") == (True, "1\n", False)


def test_a_machine_without_user_namespaces_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = _any_sandbox(monkeypatch)
    sandbox._command[:1] = [
        "/bin/sh",
        "-c",
        "echo 'bwrap: No permissions to create it' >&2; exit 1",
    ]
    assert self_test(sandbox) == (
        "The sandbox does not start here: bwrap: No permissions to create it."
    )


def test_a_machine_without_bubblewrap_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxUnavailable, match="bubblewrap is not installed"):
        open_sandbox()


def test_a_machine_whose_system_calls_are_not_known_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(SandboxUnavailable, match=r"no list of system calls .*riscv64"):
        open_sandbox()


def _any_sandbox(monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Also where there is no bubblewrap."""
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    return Sandbox()


def test_judge_runs_nothing_where_the_sandbox_does_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, decisions = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    records.write_text(json.dumps({"id": "a", "prompt": "Hello", "weak_answer": "Hello."}))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CommandError, match="bubblewrap is not installed") as refused:
        call_command("judge", input=records, output=decisions, sandbox=True)
    assert refused.value.returncode == 1
    assert not decisions.exists()


def test_there_is_none_unless_it_is_asked_for(settings) -> None:
    settings.SANDBOX = False
    of_this_process.cache_clear()
    assert of_this_process() is None


def test_one_that_is_asked_for_and_does_not_hold_is_an_error(settings, monkeypatch) -> None:
    settings.SANDBOX = True
    monkeypatch.setenv("PATH", "/nowhere")
    of_this_process.cache_clear()
    with pytest.raises(SandboxUnavailable):
        of_this_process()
