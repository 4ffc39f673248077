"""The examples as their readers run them: against OpenAI, here a loopback server, and without."""

import os
import runpy
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.cascade.breaker import breakers
from chat.cascade.providers import demo, openai
from tests.cascade.calling import call, calling
from tests.loopback import Loopback, Reply

FOLDER = Path(__file__).parent.parent.parent / "examples"
EXAMPLES = ("streaming_text", "streaming_tools", "tool_execution")
REFUSAL = Reply("I'm sorry, but I can't help with that.")
ANSWER = Reply("It is sunny in Paris, and it rains in Oslo.")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "pace", 0)
    monkeypatch.syspath_prepend(str(FOLDER))
    breakers.reset()


@pytest.fixture
async def provider(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    """OpenAI's own address is the loopback provider, and the environment holds the key."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-reader")
    async with Loopback() as provider:
        monkeypatch.setattr(openai, "DEFAULT_BASE_URL", provider.base_url)
        yield provider


async def run(example: str) -> None:
    await runpy.run_path(str(FOLDER / f"{example}.py"))["main"]()


async def test_streaming_text_shows_each_step(
    provider: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.script("gpt-4o-mini", Reply("Air scatters blue light."), REFUSAL)
    provider.script("gpt-4o", Reply("| a | b |"), Reply("Suppose there were finitely many."))
    await run("streaming_text")
    said = capsys.readouterr().out
    assert [request.model for request in provider.requests] == [
        *("gpt-4o-mini", "gpt-4o-mini", "gpt-4o", "gpt-4o")
    ]
    assert {request.key for request in provider.requests} == {"sk-of-the-reader"}
    for line in (
        "Air scatters blue light.\n· gpt-4o-mini: 20 tokens",
        "✓ Draft accepted: quality_passed",
        "✗ Draft set aside: refusal",
        "⤴ gpt-4o-mini → gpt-4o: quality_insufficient",
        "expert: direct",
        "3 questions, $0.000",
    ):
        assert line in said


async def test_streaming_tools_shows_calls_forming(
    provider: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    cairo = call('{"location": "Cairo"}', id="call_2", index=1)
    provider.script(
        "gpt-4o-mini", calling(call()), calling(call(), cairo), Reply("Air scatters blue.")
    )
    provider.script("gpt-4o", calling(call(), cairo))  # should the draft's not convince
    await run("streaming_tools")
    said = capsys.readouterr().out
    assert '🔧 get_weather\n   \'{"locat\': {}\n   \'ion": "\': {"location": ""}\n' in said
    assert said.count('✓ get_weather: {"location": "Paris"}') == 2
    assert '✓ get_weather: {"location": "Cairo"}' in said
    assert "Air scatters blue." in said


async def test_tool_execution_runs_the_tools(
    provider: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    atlantis = call('{"location": "Atlantis"}', id="call_2", index=1)
    provider.script("gpt-4o-mini", calling(call(), atlantis))  # which nobody asked about
    provider.script("gpt-4o", calling(call(), atlantis), calling(call()), ANSWER)
    await run("tool_execution")
    said = capsys.readouterr().out
    assert "get_weather: Paris: 22 °C, sunny\n" in said
    assert "get_weather: There is no weather for Atlantis" in said
    assert "✓ Paris: 22 °C, sunny (" in said
    assert "It is sunny in Paris" in said
    last = provider.requests[-1].body["messages"][-1]
    assert (last["role"], last["content"]) == ("tool", "Paris: 22 °C, sunny")


@pytest.mark.parametrize("example", EXAMPLES)
async def test_each_says_what_went_wrong(
    provider: Loopback, capsys: pytest.CaptureFixture[str], example: str
) -> None:
    for model in ("gpt-4o-mini", "gpt-4o"):
        provider.script(model, Reply.error(401))
    await run(example)
    assert "does not accept the API key" in capsys.readouterr().out


@pytest.mark.parametrize("example", EXAMPLES)
async def test_each_runs_without_a_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, example: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    await run(example)
    said = capsys.readouterr().out
    expected = {
        "streaming_text": "✗ Draft set aside: instructions",
        "streaming_tools": '✓ get_weather: {"location": "Cairo"}',
        "tool_execution": "The weather I was told: Paris: 22 °C, sunny; Oslo: 9 °C, rain.",
    }
    assert expected[example] in said


def test_an_example_is_a_script_of_its_own(tmp_path: Path) -> None:
    """From any folder, as the guide writes it."""
    environment = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    command = [sys.executable, str(FOLDER / "tool_execution.py")]
    ran = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "✓ Paris: 22 °C, sunny" in ran.stdout
