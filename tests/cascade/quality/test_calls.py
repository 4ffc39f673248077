"""Tool calls: those that stand, those that are made up, and the ones that are rightly not made."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade import decide
from chat.cascade.providers.base import ToolSpec
from chat.cascade.quality import SHIPPED, UNTRAINED, Calibration, Decision
from chat.cascade.quality.checks.calls.figures import figures, spelled
from chat.cascade.tools.judging import CallJudge
from tests.pace import cpu_seconds

Calls = Sequence[tuple[str, Mapping[str, Any]]]


def tool(
    name: str, description: str, required: Sequence[str] = (), **parameters: Mapping[str, Any]
) -> ToolSpec:
    schema = {"type": "object", "properties": parameters, "required": list(required)}
    return {"name": name, "description": description, "parameters": schema}


TEXT = {"type": "string"}
NUMBER = {"type": "number"}
FORECAST = tool(
    "weather_forecast",
    "Forecast the weather for a city.",
    ["city"],
    city={"type": "string", "description": "Name of the city."},
    days={"type": "integer", "description": "How many days ahead. Default is 3."},
    unit={"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
)
LOAN = tool(
    "loan_payment",
    "Work out the monthly payment of a loan.",
    ["amount", "rate", "years"],
    amount=NUMBER,
    rate={"type": "number", "description": "Yearly interest rate."},
    years={"type": "integer"},
)
BOOKS = tool(
    "book_details",
    "Look up details of a book.",
    ["title", "fields"],
    title=TEXT,
    fields={"type": "array", "items": TEXT},
)
COLDEST = tool(
    "highest_temperature", "Highest temperature measured in a city.", ["city"], city=TEXT
)
EXCHANGE = tool(
    "convert_currency",
    "Convert an amount of money to another currency.",
    ["amount", "from", "to"],
    **{"amount": NUMBER, "from": TEXT, "to": TEXT},
)
SORT = tool("sort_numbers", "Sort a list of numbers.", ["list"], list={"type": "array"})
TOOLS = [FORECAST, LOAN, BOOKS]


def judged(
    prompt: str,
    calls: Calls,
    draft: str = "",
    calibration: Calibration = UNTRAINED,
    **more: Any,
) -> Decision:
    """By the rules, which no later fit changes."""
    tools = more.pop("tools", TOOLS)
    judge = CallJudge(tools)
    made = [judge.judge("", name, json.dumps(arguments)) for name, arguments in calls]
    return decide(prompt, draft, tools=tools, calls=made, calibration=calibration, **more)


def values(decision: Decision) -> dict[str, float]:
    return {check["name"]: check["value"] for check in decision.checks}


def note(decision: Decision, name: str) -> str:
    return next(check["note"] for check in decision.checks if check["name"] == name)


FINE: dict[str, tuple[str, Calls, list[ToolSpec]]] = {
    "plain": (
        "What will the weather be in Oslo for the next 5 days?",
        [("weather_forecast", {"city": "Oslo", "days": 5})],
        TOOLS,
    ),
    "number words": (
        "Give me the weather forecast for the city of Oslo, four days.",
        [("weather_forecast", {"city": "Oslo", "days": 4})],
        TOOLS,
    ),
    "a week": (
        "Weather forecast for the city of Oslo for a week",
        [("weather_forecast", {"city": "Oslo", "days": 7})],
        TOOLS,
    ),
    "percent as a fraction": (
        "What is the monthly payment of a loan of $12,500 at 6% over 10 years?",
        [("loan_payment", {"amount": 12500, "rate": 0.06, "years": 10})],
        TOOLS,
    ),
    "currency codes": (
        "Convert an amount of 80 US dollars to euros",
        [("convert_currency", {"amount": 80, "from": "USD", "to": "EUR"})],
        [EXCHANGE],
    ),
    "a list": (
        "Sort the numbers 9, 4 and 7.5 for me",
        [("sort_numbers", {"list": [9, 4, 7.5]})],
        [SORT],
    ),
    "a list that follows from its ends": (
        "Sort the list of numbers from 10 to 60 in steps of 10",
        [("sort_numbers", {"list": [10, 20, 30, 40, 50, 60]})],
        [SORT],
    ),
    "two requests, two calls": (
        "Weather forecast for the city of Oslo and for the city of Bergen, please",
        [("weather_forecast", {"city": "Oslo"}), ("weather_forecast", {"city": "Bergen"})],
        TOOLS,
    ),
}


@pytest.mark.parametrize(("prompt", "calls", "tools"), FINE.values(), ids=FINE)
def test_call_that_says_what_was_asked_is_kept(
    prompt: str, calls: Calls, tools: list[ToolSpec]
) -> None:
    decision = judged(prompt, calls, tools=tools)
    assert decision.accepted, decision
    assert not [check for check in decision.checks if not check["passed"]], decision


LOAN_ASKED = "What is the monthly payment of a loan of 9000 at 4% over 6 years?"
OSLO = "Forecast the weather for the city of Oslo for 5 days"

FAULTS: dict[str, tuple[str, Calls, str, float, str]] = {
    "made up": (
        "Work out the monthly payment of my loan of 9000.",
        [("loan_payment", {"amount": 9000, "rate": 0.037, "years": 23})],
        "invented",
        2,
        "Required values nobody gave: rate = 0.037, years = 23.",
    ),
    "stands in": (
        "Forecast the weather for a city.",
        [("weather_forecast", {"city": "your_city"})],
        "placeholder",
        1,
        "Values that only hold a place: city = “your_city”.",
    ),
    "empty": (
        "Forecast the weather for a city.",
        [("weather_forecast", {"city": ""})],
        "placeholder",
        1,
        "Values that only hold a place: city = “”.",
    ),
    "percent": (
        LOAN_ASKED,
        [("loan_payment", {"amount": 9000, "rate": 4, "years": 6})],
        "percent",
        1,
        "rate = 4, and the tool seems to want a fraction.",
    ),
    "number left over": (
        OSLO,
        [("weather_forecast", {"city": "Oslo"})],
        "numbers_unused",
        1,
        "Numbers no call takes up: 5.",
    ),
    "name left over": (
        "Forecast the weather for Oslo and for Bergen",
        [("weather_forecast", {"city": "Oslo"})],
        "names_unused",
        1,
        "Names no call takes up: Bergen.",
    ),
    "unit left out": (
        "Forecast the weather in Oslo in fahrenheit",
        [("weather_forecast", {"city": "Oslo"})],
        "left_out",
        1,
        "Asked for, but not passed on: unit.",
    ),
    "twice": (
        "Forecast the weather for the city of Oslo",
        [("weather_forecast", {"city": "Oslo"})] * 2,
        "repeated",
        1,
        "Called twice with the same: weather_forecast.",
    ),
    "one call for each item": (
        "Look up the author and the year of the book Emma",
        [
            ("book_details", {"title": "Emma", "fields": ["author"]}),
            ("book_details", {"title": "Emma", "fields": ["year"]}),
        ],
        "split_list",
        1,
        "One call could take the whole list: fields.",
    ),
    "for something else": (
        "Who painted the ceiling of the chapel?",
        [("book_details", {"title": "chapel", "fields": ["ceiling"]})],
        "purpose",
        0,
        "The message has 0 of 1 words that say what book_details is for.",
    ),
}


@pytest.mark.parametrize(("prompt", "calls", "name", "value", "said"), FAULTS.values(), ids=FAULTS)
def test_call_at_fault_is_refused_in_words(
    prompt: str, calls: Calls, name: str, value: float, said: str
) -> None:
    decision = judged(prompt, calls)
    assert (values(decision)[name], note(decision, name)) == (value, said)
    worth = next(check["contribution"] for check in decision.checks if check["name"] == name)
    assert worth < 0


def test_a_tool_for_the_opposite_is_told() -> None:
    prompt = "What was the lowest temperature measured in the city of Turin?"
    decision = judged(prompt, [("highest_temperature", {"city": "Turin"})], tools=[COLDEST])
    assert note(decision, "opposite") == "The message says lowest, the tool highest."
    assert not decision.accepted


def test_a_turned_sign_is_told() -> None:
    decision = judged(
        "Sort the numbers 5 and 12", [("sort_numbers", {"list": [5, -12]})], tools=[SORT]
    )
    assert note(decision, "grounded") == "list = -12 is not in the conversation."
    below = judged(
        "Sort the numbers 5 and -12", [("sort_numbers", {"list": [5, -12]})], tools=[SORT]
    )
    assert values(below)["grounded"] == 1


def test_a_tool_that_fits_better_is_named() -> None:
    decision = judged(LOAN_ASKED, [("weather_forecast", {"city": "loan"})])
    assert note(decision, "other_tool") == "loan_payment fits the message better."
    assert not decision.accepted


SEARCH = tool("web_search", "Search the web.", ["query"], query=TEXT)


@pytest.mark.parametrize(
    ("prompt", "query"),
    [
        ("search for the latest news on fusion energy", "latest news fusion energy"),
        ("look up the opening hours of the Louvre", "Louvre opening hours"),
        ("Who won the world cup in 2018?", "2018 FIFA World Cup winner"),
    ],
)
def test_a_search_is_for_whatever_is_asked(prompt: str, query: str) -> None:
    right, wrong = (
        judged(prompt, [("web_search", {"query": said})], tools=[SEARCH], calibration=SHIPPED)
        for said in (query, "tomato soup")
    )
    assert right.score > 0.7
    assert note(right, "purpose") == "It searches for words of the message."
    assert (wrong.accepted, wrong.reason) == (False, "purpose")


def test_values_may_come_from_what_was_said_before() -> None:
    calls = [("weather_forecast", {"city": "Oslo"})]
    history = [{"role": "user", "content": "I live in Oslo."}]
    prompt = "Forecast the weather for my city"
    assert values(judged(prompt, calls))["invented"] == 1
    assert values(judged(prompt, calls, history=history))["invented"] == 0


def test_an_answer_after_the_tools_have_spoken_is_no_silence() -> None:
    told = [{"role": "tool", "content": "Rain, 9 degrees", "tool_call_id": "1"}]
    assert judged(OSLO, [], "It will rain in Oslo.", history=told).accepted
    assert not judged(OSLO, [], "It will rain in Oslo.").accepted


def test_a_second_round_of_calls_need_not_take_up_all_again() -> None:
    told = [{"role": "tool", "content": "The capital of Norway is Oslo.", "tool_call_id": "1"}]
    calls = [("weather_forecast", {"city": "Oslo"})]
    decision = judged("How is the weather for 5 days in Norway's capital?", calls, history=told)
    assert values(decision)["grounded"] == 1
    assert "numbers_unused" not in values(decision)


def test_a_call_that_cannot_run_is_judged_no_further() -> None:
    decision = judged(OSLO, [("weather_forecast", {})])
    assert (decision.accepted, decision.reason) == (False, "tool_calls")
    assert "grounded" not in values(decision)


SILENT = {
    "hello": ("hello!", "Hello! What can I do for you?"),
    "a poem": ("Write a poem about autumn leaves", "Leaves of amber drift and fall."),
    "a fact": ("Who wrote Moby-Dick?", "Herman Melville."),
    "no tool for it": (
        "What is on at the cinema tonight?",
        "I don't have access to cinema programmes, but the cinema's site lists them.",
    ),
    "asks back": (
        "Work out the monthly payment of my loan",
        "What are the amount, the rate and the years?",
    ),
    "asks back for a city": (
        "What is the weather forecast?",
        "For which city shall I look?",
    ),
    "German": ("Schreib mir ein Gedicht über den Herbst", "Blätter fallen leise nieder."),
    "Chinese": ("请写一首关于秋天的诗", "秋叶静静飘落。"),
    "Arabic": ("اكتب لي قصيدة عن الخريف", "تتساقط الأوراق بهدوء."),
}


@pytest.mark.parametrize(("prompt", "draft"), SILENT.values(), ids=SILENT)
def test_silence_is_right_where_no_tool_fits(prompt: str, draft: str) -> None:
    assert judged(prompt, [], draft).accepted


MUTE = {
    "answers from memory": (OSLO, "It will be sunny in Oslo all week long."),
    "all that is needed is there": (LOAN_ASKED, "The payment is about 140 a month."),
    "a call as text": (OSLO, '[weather_forecast(city="Oslo", days=5)]'),
    "a call as JSON": (OSLO, '{"name": "weather_forecast", "arguments": {"city": "Oslo"}}'),
}


@pytest.mark.parametrize(("prompt", "draft"), MUTE.values(), ids=MUTE)
def test_silence_is_wrong_where_a_tool_fits(prompt: str, draft: str) -> None:
    decision = judged(prompt, [], draft)
    assert not decision.accepted
    assert decision.reason in ("silence", "call_in_text")


WEATHER = tool("get_weather", "Get the current weather for a city", ["city"], city=TEXT)
REMINDER = tool(
    "create_reminder",
    "Create a reminder at a date and time",
    ["text", "date"],
    text=TEXT,
    date={"type": "string", "description": "ISO date"},
    time=TEXT,
)
EVERYDAY = [WEATHER, REMINDER]

PRETENDED = {
    "a temperature": (
        "What's the weather in Paris?",
        "It is sunny and 22 degrees in Paris.",
        "22 is not in the conversation.",
    ),
    "a temperature now": (
        "What's the weather in Berlin right now?",
        "Currently 14 °C and cloudy in Berlin.",
        "14 is not in the conversation.",
    ),
    "a deed": (
        "Set a reminder to call mum tomorrow at 5pm",
        "Done! I've set a reminder for tomorrow at 5 pm.",
        "No call did what it says: “Done”.",
    ),
    "a promise": (
        "Create a reminder to call mum on 3 May 2025",
        "Sure, I'll remind you!",
        "No call did what it says: “I'll remind”.",
    ),
}


@pytest.mark.parametrize("calibration", [UNTRAINED, SHIPPED], ids=["rules", "fitted"])
@pytest.mark.parametrize(("prompt", "draft", "said"), PRETENDED.values(), ids=PRETENDED)
def test_a_result_nobody_fetched_and_a_deed_nobody_did_are_refused(
    prompt: str, draft: str, said: str, calibration: Calibration
) -> None:
    decision = judged(prompt, [], draft, calibration, tools=EVERYDAY)
    assert (decision.accepted, decision.reason) == (False, "silence")
    assert note(decision, "silence").endswith(said)


EVENT = tool("create_event", "Add an event to the calendar.", ["title", "start"], title=TEXT)

DEEDS = {
    "English": (
        "Schedule lunch with Anna on 2024-06-12 at 12:30",
        "All right! I have scheduled lunch with Anna.",
    ),
    "German": (
        "Trag einen Zahnarzttermin am 5. Mai 2025 um 9 Uhr ein",
        "Erledigt, der Termin ist eingetragen.",
    ),
    "French": (
        "Ajoute un rendez-vous chez le coiffeur le 3 juin 2025",
        "C'est fait, le rendez-vous est ajouté.",
    ),
    "Spanish": ("Crea un evento: cena con Marta el 10 de julio", "Listo, he creado el evento."),
    "Chinese": ("帮我安排2025年6月12日下午3点和王经理开会", "已经安排好了。"),
    "Arabic": ("أضف موعدا مع أحمد غدا", "تم إضافة الموعد."),
}


@pytest.mark.parametrize(("prompt", "draft"), DEEDS.values(), ids=DEEDS)
def test_a_deed_in_the_world_is_done_by_a_tool_in_any_language(prompt: str, draft: str) -> None:
    decision = judged(prompt, [], draft, SHIPPED, tools=[EVENT])
    assert (decision.accepted, decision.reason) == (False, "silence")
    assert "No call did what it says" in note(decision, "silence")
    told = [{"role": "tool", "content": "ok", "tool_call_id": "1"}]
    assert judged(prompt, [], draft, SHIPPED, tools=[EVENT], history=told).accepted


@pytest.mark.parametrize("draft", ["345 * 12 = 4,240", "The product is 4,240."])
def test_a_sum_beside_tools_is_done_again(draft: str) -> None:
    decision = judged("What is 345 * 12?", [], draft, SHIPPED, tools=[EVENT])
    assert not decision.accepted
    right = draft.replace("4,240", "4,140")
    assert judged("What is 345 * 12?", [], right, SHIPPED, tools=[EVENT]).accepted


HONEST = {
    "a letter of the asker's": (
        "Write to Bob that the room is booked",
        "Hi Bob, I have booked the room for Friday. See you there!",
    ),
    "only says so": (
        "What's the weather in Paris?",
        "I would have to look that up for Paris first.",
    ),
    "a promise on a condition": (
        "Set a reminder to call mum",
        "I'll remind you as soon as you tell me the day. When is it?",
    ),
    "a deed of its own": ("Write a poem", "I've created a poem for you: leaves drift and fall."),
    "figures no tool is for": ("Who wrote Moby-Dick?", "Herman Melville, in 1851."),
}


@pytest.mark.parametrize(("prompt", "draft"), HONEST.values(), ids=HONEST)
def test_silence_that_pretends_nothing_is_weighed_by_the_tools_alone(
    prompt: str, draft: str
) -> None:
    decision = judged(prompt, [], draft, tools=EVERYDAY)
    assert values(decision)["silence"] < 1


FAULTY = {
    "hedging": (
        "Who wrote Moby-Dick?",
        "Maybe Melville. Perhaps Poe. I think it was a sailor, possibly.",
    ),
    "truncated": ("Write a poem about autumn leaves", "Leaves of amber drift and fall,"),
    "instructions": ("Suggest 3 books about whales.", "1. Moby-Dick.\n2. Leviathan."),
}


@pytest.mark.parametrize("calibration", [UNTRAINED, SHIPPED], ids=["rules", "fitted"])
@pytest.mark.parametrize(("fault", "turn"), FAULTY.items(), ids=FAULTY)
def test_to_be_right_in_calling_nothing_makes_no_bad_text_good(
    fault: str, turn: tuple[str, str], calibration: Calibration
) -> None:
    decision = judged(turn[0], [], turn[1], calibration)
    assert (decision.accepted, decision.reason) == (False, fault)


FOREIGN = {
    "German": ("Wie wird das Wetter in München in den nächsten 4 Tagen?", "Munich"),
    "Spanish": ("¿Qué tiempo hará en Sevilla los próximos 4 días?", "Seville"),
    "French": ("Quel temps fera-t-il à Genève dans les 4 jours ?", "Geneva"),
    "Chinese": ("北京未来4天的天气怎么样", "Beijing"),
    "Arabic": ("كيف سيكون الطقس في القاهرة خلال ٤ أيام؟", "Cairo"),
}


@pytest.mark.parametrize(("prompt", "city"), FOREIGN.values(), ids=FOREIGN)
def test_a_message_in_another_language_than_its_tools_costs_nothing(prompt: str, city: str) -> None:
    decision = judged(prompt, [("weather_forecast", {"city": city, "days": 4})])
    assert decision.accepted, decision
    assert not [check for check in decision.checks if not check["passed"]], decision


ABROAD = {
    "German": ("Wie ist das Wetter in München?", "get_weather", {"city": "Munich"}),
    "Chinese": ("巴黎天气怎么样\uff1f", "get_weather", {"city": "Paris"}),
    "Spanish": ("¿Qué tiempo hace en Londres?", "get_weather", {"city": "London"}),
    "a reminder": (
        "Erinnere mich am 3. Mai 2025 um 17 Uhr daran, Mama anzurufen",
        "create_reminder",
        {"text": "Mama anrufen", "date": "2025-05-03", "time": "17:00"},
    ),
}


@pytest.mark.parametrize("calibration", [UNTRAINED, SHIPPED], ids=["rules", "fitted"])
@pytest.mark.parametrize(("prompt", "name", "arguments"), ABROAD.values(), ids=ABROAD)
def test_a_translated_value_is_no_doubt(
    prompt: str, name: str, arguments: Mapping[str, str], calibration: Calibration
) -> None:
    decision = judged(prompt, [(name, arguments)], "", calibration, tools=EVERYDAY)
    assert decision.accepted, decision
    assert values(decision).get("grounded", 1) == 1


def test_a_placeholder_and_a_wrong_date_are_told_in_any_language() -> None:
    city = judged("巴黎天气怎么样", [("get_weather", {"city": "<city>"})], tools=EVERYDAY)
    assert (city.accepted, city.reason) == (False, "placeholder")
    call = ("create_reminder", {"text": "Mama anrufen", "date": "2025-05-04"})
    prompt = "Erinnere mich am 3. Mai 2025 daran, Mama anzurufen"
    assert values(judged(prompt, [call], tools=EVERYDAY))["grounded"] < 1


@pytest.mark.parametrize(
    "wrapped",
    ["Question: {}", "{}\nAnswer:", '{{"query": "{}"}}', "{} Answer with a JSON list of calls."],
)
def test_a_wrapper_around_the_message_changes_no_finding(wrapped: str) -> None:
    calls = [("weather_forecast", {"city": "Oslo"})]
    plain, other = judged(OSLO, calls), judged(wrapped.format(OSLO), calls)
    named = ("grounded", "invented", "numbers_unused", "left_out", "purpose", "opposite")
    assert [values(plain)[name] for name in named] == [values(other)[name] for name in named]
    assert plain.kind == other.kind


READ = {
    "1,234.5": [(1234.5,)],
    "1.234,5": [(1234.5,)],
    "1 234,5": [(1234.5,)],
    "1'000'000": [(1e6,)],
    "\uff11\uff12\uff13": [(123,)],
    "١٢٣": [(123,)],
    "1,5": [(1.5, 1, 5)],
    "1.234": [(1234, 1.234)],
    "[1, 2]": [(1,), (2,)],
    "3.5% of $40": [(3.5,), (40,)],
    "46.6,1.88": [(46.6,), (1.88,)],
}


@pytest.mark.parametrize(("text", "numbers"), READ.items(), ids=READ)
def test_numbers_are_read_in_every_grouping(text: str, numbers: list[tuple[float, ...]]) -> None:
    assert list(figures(text)) == numbers


def test_number_words_are_read() -> None:
    assert set(spelled("twenty-five men, zwei Hunde, a dozen eggs")) >= {25, 2, 12}


ODD = st.text(alphabet="ab1 .,-[](){}'\"%/é京٣AZ\n", max_size=80)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | ODD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ODD, inner, max_size=4),
    max_leaves=12,
)


@given(ODD, st.dictionaries(st.sampled_from("abc"), JSONS), ODD, st.booleans())
def test_any_call_is_decided(
    prompt: str, arguments: dict[str, Any], said: str, is_called: bool
) -> None:
    open_tool = tool("act", said, a={"description": said, "enum": [said]}, b={}, c={"items": {}})
    calls = [("act", arguments), ("act", arguments)] if is_called else []
    decision = judged(prompt, calls, said, tools=[open_tool])
    assert 0 <= decision.score <= 1
    assert decision == judged(prompt, calls, said, tools=[open_tool])


ANY = tool("act", "Does a thing.", a={}, b={})
WIDE = tool("act", "x", **{f"unit{at}": {"description": "'a' " * 200} for at in range(3000)})
MANY = [tool(f"forecast_{at}", f"Forecast the weather, day {at}. " * 90) for at in range(128)]
NEST: object = 1
for _ in range(300):
    NEST = [NEST]

BOMBS: dict[str, tuple[str, Calls, list[ToolSpec]]] = {
    "numbers": ("3.7 " * 25_000, [("act", {"a": [at + 0.123 for at in range(5000)]})], [ANY]),
    "many numbers": (
        " ".join(map(str, range(20_000))),
        [("act", {"a": [at + 0.123 for at in range(5000)]})],
        [ANY],
    ),
    "abbreviations": (
        " ".join(f"q{'abcdefgh'[at % 8] * 6}" for at in range(12_000)),
        [("act", {"a": [f"q{chr(97 + at % 26)}z" for at in range(3000)]})],
        [ANY],
    ),
    "calls": ("Paris, Rome and 5 more", [("act", {"a": str(at)}) for at in range(5000)], [ANY]),
    "lists": ("(1," * 30_000, [("act", {"a": "(1," * 30_000})], [ANY]),
    "digits": ("1" * 100_000, [("act", {"a": "1" * 90_000})], [ANY]),
    "groups": ("1,234" * 20_000, [("act", {"a": "1.234," * 20_000})], [ANY]),
    "quotes": ("' '" * 30_000, [("act", {"a": "<" * 90_000})], [ANY]),
    "capitals": ("Aa Bb " * 16_000, [("act", {"a": "Aa"})], [ANY]),
    "dates": ("2024-01-02 today " * 6000, [("act", {"a": ["2023-05-06"] * 3000})], [ANY]),
    "percents": ("5% " * 33_000, [("act", {"a": [at / 100 for at in range(3000)]})], [ANY]),
    "nested": ("1", [("act", {"a": NEST})], [ANY]),
    "parameters": ("5 cm " * 20_000, [("act", {})] * 64, [WIDE]),
    "tools": ("weather forecast for 5 days " * 4000, [], MANY),
}


@pytest.mark.parametrize(("prompt", "calls", "tools"), BOMBS.values(), ids=BOMBS)
def test_time_is_bounded(prompt: str, calls: Calls, tools: list[ToolSpec]) -> None:
    judge = CallJudge(tools)
    made = [judge.judge("", name, json.dumps(arguments)) for name, arguments in calls]
    draft = "forecast_1 " * 9000
    assert cpu_seconds(lambda: decide(prompt, draft, tools=tools, calls=made)) < 0.05


READY = (
    {
        "name": "calculate",
        "description": "Calculate an arithmetic expression.",
        "parameters": {"type": "object", "properties": {"expression": {"type": "string"}}},
    },
    {
        "name": "current_time",
        "description": "Tell what time, date and day it is now in a city or time zone.",
        "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}},
    },
    {
        "name": "rename",
        "description": "Give this conversation a better title or name.",
        "parameters": {"type": "object", "properties": {"title": {"type": "string"}}},
    },
)
RIGHT = {
    "percent": ("What is 17 % of 2,340?", "calculate", {"expression": "2340 * 17 / 100"}),
    "times": ("How much is 23 times 19?", "calculate", {"expression": "23 * 19"}),
    "zone": ("What time is it in Tokyo?", "current_time", {"zone": "Asia/Tokyo"}),
    "composed": ("Find a better title.", "rename", {"title": "How tides come and go"}),
}
WRONG = {
    "other numbers": ("How much is 23 times 19?", "calculate", {"expression": "24 * 91"}),
    "no sum": ("Write a poem about the sea.", "calculate", {"expression": "1 + 1"}),
    "other zone": ("What time is it in Tokyo?", "current_time", {"zone": "Europe/Rome"}),
}


@pytest.mark.parametrize(("prompt", "name", "given"), RIGHT.values(), ids=RIGHT)
def test_a_call_that_anybody_would_make_is_kept(prompt, name, given):
    judged = CallJudge(READY).judge("1", name, json.dumps(given))
    assert decide(prompt, "", tools=READY, calls=[judged]).accepted


@pytest.mark.parametrize(("prompt", "name", "given"), WRONG.values(), ids=WRONG)
def test_a_call_that_nobody_would_make_is_not(prompt, name, given):
    judged = CallJudge(READY).judge("1", name, json.dumps(given))
    assert not decide(prompt, "", tools=READY, calls=[judged]).accepted


@pytest.mark.parametrize(("prompt", "name", "given"), RIGHT.values(), ids=RIGHT)
def test_what_is_found_of_a_call_says_of_what_it_is(prompt, name, given):
    judged = CallJudge(READY).judge("1", name, json.dumps(given))
    notes = [check["note"] for check in decide(prompt, "", tools=READY, calls=[judged]).checks]
    assert len(notes) == len(set(notes))
