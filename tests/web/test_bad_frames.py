"""R19: whatever comes in by a socket is answered with a sentence; it lives, no row is made."""

import json
import uuid
from typing import Any

import pytest

from chat.models import Turn
from tests.people import amake_conversation
from tests.web.test_consumer import Socket, socket

pytestmark = pytest.mark.django_db(transaction=True)

ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    " ",
    "x",
    "\0",
    "\ud800",
    [],
    {},
    [[]],
    {"a": 1},
]
KINDS = ["stop", "allow", "deny", "retry", "edit", "show", "thumb"]
ID = "00000000-0000-4000-8000-000000000000"

BAD = [
    *(" ", "{", "}", "[]", "[1]", "null", "true", "1", '"stop"', "{'type': 'stop'}", "NaN"),
    *("{}", '{"type"}', '{"type": }', "\0", "\ufeff{}", '{"a": NaN}', '{"type": "seen"}'),
    *("[" * 50_000, '{"a":' * 5_000, "1" * 5_000, '{"a": ' + "9" * 5_000 + "}"),
    '{"type": "prompt", "prompt": "' + "x" * 70_000 + '"}',
    *(json.dumps({"type": odd}) for odd in ODD),
    *(json.dumps({"type": kind}) for kind in ("", "PROMPT", "__class__", "_turn", "receive")),
    *(json.dumps({"type": kind}) for kind in KINDS),
    *(json.dumps({"type": kind, "turn": odd}) for kind in ("stop", "show") for odd in ODD),
    *(json.dumps({"type": "prompt", "prompt": odd, "client_id": ID}) for odd in ODD[:8]),
    *(json.dumps({"type": "prompt", "prompt": "Why?", "client_id": odd}) for odd in ODD),
    *(json.dumps({"type": "seen", "count": odd}) for odd in (None, "1", 10**9, [], {})),
]


async def answered(reader: Socket, text: str) -> dict[str, Any]:
    await reader.send_to(text_data=text)
    return await reader.hear("notice")


async def test_R19_a_bad_frame_is_answered_and_changes_nothing() -> None:
    assert len(BAD) >= 97
    conversation = await amake_conversation()
    async with socket(conversation) as idle:
        for start in range(0, len(BAD), 20):
            async with socket(conversation) as reader:
                for text in BAD[start : start + 20]:
                    notice = await answered(reader, text)
                    assert notice["notice"] and notice["code"] != "internal", text[:80]
        async with socket(conversation) as reader:
            await reader.send_to(bytes_data=b"\xff\x00")
            assert (await reader.hear("notice"))["code"] == "bad_frame"
        unknown = json.dumps({"type": "stop", "turn": str(uuid.uuid4())})
        assert (await answered(idle, unknown))["code"] == "not_found"
    assert await Turn.objects.acount() == 0
