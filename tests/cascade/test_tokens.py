"""Counting tokens where nobody has: against what an encoding says of texts of many kinds."""

import threading
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade import CascadeAgent, ModelConfig
from chat.cascade.tokens import estimate_tokens
from chat.cascade.waits import LONG
from tests.cascade.conftest import events_of
from tests.loopback import Loopback, Reply

# Counted with the o200k encoding.
TEXTS = {
    "prose": (
        "The Moon pulls at the sea, and the sea follows. Twice a day the water rises, "
        "and twice it falls; sailors have known the hours for as long as there have been "
        "harbours. None of this was understood until Newton, who showed that the same "
        "force that drops an apple also lifts the ocean.",
        62,
    ),
    "code": (
        "def totals(rows: list[dict[str, int]]) -> dict[str, int]:\n"
        '    """The sums of each column."""\n'
        "    found: dict[str, int] = {}\n"
        "    for row in rows:\n"
        "        for name, value in row.items():\n"
        "            if name not in found:\n"
        "                found[name] = 0\n"
        "            found[name] += value\n"
        "    return {name: found[name] for name in sorted(found)}\n"
        "\n"
        "\n"
        'if __name__ == "__main__":\n'
        '    print(totals([{"a": 1, "b": 20}, {"a": 300}]))\n',
        120,
    ),
    "JSON": (
        '{"type": "function", "function": {"name": "get_weather", '
        '"description": "The weather of a city now.", "parameters": {"type": '
        '"object", "properties": {"city": {"type": "string"}, "unit": '
        '{"type": "string", "enum": ["celsius", "fahrenheit"]}}, "required": '
        '["city"]}}}',
        77,
    ),
    "table": (
        "| when | height | change |\n"
        "|---|---:|---:|\n"
        "| 06:14 | 4.82 m | +1.20 |\n"
        "| 12:31 | 0.77 m | -4.05 |\n"
        "| 18:40 | 4.91 m | +4.14 |\n",
        67,
    ),
    "Chinese": (
        "月亮吸引着海水, 海水随之涨落。每天有两次涨潮, 两次落潮, "
        "水手们自古以来就熟悉这些时刻。直到牛顿说明, 使苹果落地的力同样使海洋升起, "
        "人们才真正理解其中的道理。",
        70,
    ),
    "Japanese": (
        "月は海を引き寄せ、海はそれに従います。一日に二度潮が満ち、二度引きます。"
        "船乗りたちは港ができた昔からその時刻を知っていました。"
        "りんごを落とす力が海をも持ち上げることを、ニュートンが初めて示しました。",
        80,
    ),
    "Korean": (
        "달은 바다를 끌어당기고 바다는 그 힘을 따라 움직입니다. 하루에 두 번 물이 "
        "차오르고 두 번 빠져나갑니다. 선원들은 항구가 생긴 이래로 그 시간을 알고 "
        "있었습니다.",
        54,
    ),
    "German": (
        "Der Mond zieht am Meer, und das Meer folgt ihm. Zweimal am Tag steigt das "
        "Wasser, zweimal fällt es wieder; die Seeleute kannten die Stunden, seit es "
        "Häfen gibt.",
        39,
    ),
}


@pytest.mark.parametrize(("text", "tokens"), TEXTS.values(), ids=TEXTS)
def test_it_is_right_within_15_percent(text: str, tokens: int) -> None:
    assert abs(estimate_tokens(text) / tokens - 1) <= 0.15


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("word", 1), ("two words", 2)])
def test_small_texts(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@given(st.text(), st.text())
def test_a_text_has_about_as_many_tokens_as_its_parts(one: str, other: str) -> None:
    whole = estimate_tokens(one + other)
    assert whole >= 0
    assert whole <= estimate_tokens(one) + estimate_tokens(other) + 12


async def admit(model: ModelConfig, most_usd: Decimal | None) -> None:
    """Every attempt, once what it may cost was counted."""


@pytest.mark.parametrize(
    ("kind", "place"),
    [("openai", "budget"), ("openai", "pricing"), ("ollama", "providers.ollama")],
    ids=["before it is sent", "after it was", "for its room"],
)
@pytest.mark.parametrize("is_long", [True, False], ids=["long", "short"])
async def test_a_long_prompt_is_counted_beside_the_loop(
    provider: Loopback, monkeypatch: pytest.MonkeyPatch, kind: str, place: str, is_long: bool
) -> None:
    beside: list[bool] = []

    def seen(text: str) -> int:
        beside.append(threading.current_thread() is not threading.main_thread())
        return estimate_tokens(text)

    monkeypatch.setattr(f"chat.cascade.{place}.estimate_tokens", seen)
    provider.script("m", Reply(usage=None))
    models = [ModelConfig("m", kind, base_url=provider.base_url, cost=1)] * 2
    agent = CascadeAgent(models, admit=admit)
    await events_of(agent.stream_events("word " * (LONG if is_long else 1), force_direct=True))
    assert beside
    assert set(beside) == {is_long}
