"""Starting: what `serve` prepares, keeps and prints, and what it finds left over."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from chat.agents import cast
from chat.cascade.pricing import Usage
from chat.management.commands import serve as command
from chat.models import Cascade, ModelConfig, Provider
from chat.setup import discovery
from chat.setup.prices.bundled import bundled
from chat.setup.prices.proposals import proposals
from tests.loopback import loopback_thread
from tests.ports import free_port

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")
ROOT = Path(__file__).resolve().parent.parent.parent
NO_SANDBOX = "SANDBOX=1, but: bubblewrap is not installed: there is no command bwrap."


def serve(*options: str, database: Path) -> subprocess.Popen[str]:
    return manage("serve", *options, database=database)


def manage(*arguments: str, database: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}", "PYTHONUNBUFFERED": "1"}
    for variable in KEYS:
        environment.pop(variable, None)
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def said(process: subprocess.Popen[str]) -> str:
    """What it prints until it serves; then it is ended."""
    lines = []
    with process:
        for line in process.stdout or ():
            lines.append(line)
            if "Ctrl+C" in line:
                process.terminate()
    return "".join(lines)


def test_a_first_start_prints_a_link_and_a_second_keeps_everything(tmp_path: Path) -> None:
    port, database = str(free_port()), tmp_path / "db.sqlite3"
    first = said(serve("--port", port, database=database))
    assert "Added the cascade Demo." in first
    assert re.search(rf"http://127\.0\.0\.1:{port}/sign-in/\S+/", first)
    assert f"http://127.0.0.1:{port}/admin/" in first
    second = said(serve("--port", port, database=database))
    assert "Added" not in second
    assert re.search(rf"http://127\.0\.0\.1:{port}/sign-in/\S+/", second)


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        output = said(serve("--port", str(port), database=tmp_path / "db.sqlite3"))
    assert output.strip().splitlines() == [
        f"CommandError: Port {port} on 127.0.0.1 is taken. Choose another: make run PORT={port + 1}"
    ]
    assert not (tmp_path / "db.sqlite3").exists()


def test_a_database_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    database = tmp_path / "nowhere" / "db.sqlite3"
    output = said(serve("--port", str(free_port()), database=database))
    [line] = output.strip().splitlines()
    assert line.startswith("CommandError: There is no database where DATABASE_URL points: ")


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("nowhere/db.sqlite3", "There is no database where DATABASE_URL points: "),
        ("db.sqlite3", "The database where DATABASE_URL points has not been prepared."),
    ],
)
def test_a_command_that_finds_nothing_kept_says_so_in_one_line(
    tmp_path: Path, place: str, sentence: str
) -> None:
    for words in (("export_config",), ("delete_user", "alice"), ("rotate_keys",)):
        [line] = said(manage(*words, database=tmp_path / place)).strip().splitlines()
        assert line.startswith(f"CommandError: {sentence}")


@pytest.mark.django_db
class TestDiscovery:
    @pytest.fixture(autouse=True)
    def nothing_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable in KEYS:
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setattr(discovery, "OLLAMA", "http://127.0.0.1:9")

    def test_without_anything_there_is_the_demo(self) -> None:
        assert discovery.set_up() == ["Demo"]
        demo = Cascade.objects.offered().get()
        assert (demo.is_default, demo.is_demo) == (True, True)
        assert len(cast(demo).agent.models) == 2
        assert discovery.set_up() == []

    @pytest.mark.parametrize("name", ["OpenAI", "Anthropic"])
    def test_a_key_becomes_a_real_cascade_beside_it(
        self, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        discovery.set_up()
        variable = f"{name.upper()}_API_KEY"
        monkeypatch.setenv(variable, "sk-test-0123456789")
        assert discovery.set_up() == [name]
        cascade = Cascade.objects.offered().get(name=name)
        assert (cascade.is_default, cascade.is_demo) == (False, False)
        models = cast(cascade).agent.models
        assert [(model.provider, model.api_key) for model in models] == [
            (name.lower(), "sk-test-0123456789")
        ] * 2
        assert all(model.prices and not model.prices.are_free for model in models)
        stored = str(list(Provider.objects.values()))
        assert "sk-test" not in stored
        assert variable in stored

    def test_a_thinking_model_has_room_to_think(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test-0123456789")
        discovery.set_up()
        drafter, verifier = cast(Cascade.objects.get(name="Anthropic")).agent.models
        assert drafter.max_tokens == verifier.max_tokens == 8_000

    @pytest.mark.parametrize("name", ["OpenAI", "Anthropic"])
    def test_its_prices_are_all_that_the_bundled_list_has(
        self, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setenv(f"{name.upper()}_API_KEY", "sk-test-0123456789")
        discovery.set_up()
        made = [p for p in proposals(bundled().offers) if p.config.provider.name == name]
        assert [(proposal.state, proposal.is_own) for proposal in made] == [("same", True)] * 2

    def test_a_long_request_is_priced_as_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test-0123456789")
        discovery.set_up()
        haiku = cast(Cascade.objects.get(name="Anthropic")).agent.models[0]
        assert haiku.prices and haiku.prices.cost(Usage(input=150_000)) == Decimal("0.075")

    @pytest.fixture
    def ollama(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        import json

        from tests.loopback import Reply

        models = [{"name": n, "size": s} for n, s in (("big", 9), ("tiny", 1), ("mid", 5))]
        with loopback_thread() as server:
            body = json.dumps({"models": models}).encode()
            server.script("", Reply(raw=[body], content_type="application/json"))
            monkeypatch.setattr(discovery, "OLLAMA", server.base_url)
            yield server.base_url

    def test_a_local_ollama_becomes_a_free_cascade(self, ollama: str) -> None:
        assert discovery.set_up() == ["Demo", "Ollama"]
        agent = cast(Cascade.objects.get(name="Ollama")).agent
        assert [model.name for model in agent.models] == ["tiny", "big"]
        assert (agent.models[0].kind, agent.models[0].base_url) == ("ollama", ollama)
        assert all(model.prices and model.prices.are_free for model in agent.models)

    def test_what_an_operator_changed_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        discovery.set_up()
        ModelConfig.objects.filter(name="demo-small").update(max_tokens=7)
        Cascade.objects.update(name="Mine")
        discovery.set_up()
        assert [cascade.name for cascade in Cascade.objects.all()] == ["Mine"]
        assert ModelConfig.objects.get(name="demo-small").max_tokens == 7

    @pytest.mark.parametrize("renamed", [Provider, Cascade])
    def test_what_was_renamed_is_not_made_again(
        self, monkeypatch: pytest.MonkeyPatch, renamed: type[Provider] | type[Cascade]
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
        assert discovery.set_up() == ["Demo", "OpenAI"]
        renamed._default_manager.filter(name="OpenAI").update(name="OpenAI (team)")
        assert discovery.set_up() == []
        assert (Provider.objects.count(), Cascade.objects.count()) == (2, 2)

    def test_a_name_that_a_cascade_has_is_left_to_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Cascade.objects.create(name="OpenAI")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
        assert discovery.set_up() == []
        assert not Provider.objects.exists()

    def test_a_key_that_a_provider_has_already_makes_no_other(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        discovery.set_up()
        Provider.objects.create(name="Ours", kind="openai", key_variable="OPENAI_API_KEY")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
        assert discovery.set_up() == []


def test_a_sandbox_that_does_not_hold_stops_the_start(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("SANDBOX", "1")
    monkeypatch.setenv("PATH", "/nowhere")
    printed = said(serve("--port", str(free_port()), database=tmp_path / "db.sqlite3"))
    assert NO_SANDBOX in printed
    assert "Cascade Chat is on" not in printed


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_where_all_addresses_are_listened_on_the_link_names_one_to_go_to(host: str) -> None:
    assert command._address(host, 8000) == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("host", "named"), [("::1", "[::1]"), ("127.0.0.2", "127.0.0.2"), ("localhost", "localhost")]
)
def test_the_link_names_the_address_as_browsers_read_it(host: str, named: str) -> None:
    assert command._address(host, 8000) == f"http://{named}:8000"


def test_a_player_that_would_play_nothing_does_not_start(settings) -> None:
    settings.PLAYERS = "apart"
    with pytest.raises(CommandError, match="--at-most is 0, must be 1 or more"):
        call_command("play", "--at-most", "0")


def test_it_stops_the_start_of_a_player_as_well(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PLAYERS", "apart")
    monkeypatch.setenv("SANDBOX", "1")
    monkeypatch.setenv("PATH", "/nowhere")
    database = tmp_path / "db.sqlite3"
    printed = said(manage("play", database=database))
    assert printed.strip().splitlines() == [f"CommandError: {NO_SANDBOX}"]
    assert not database.exists()
