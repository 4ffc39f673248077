"""What a turn's stream looks like in Redis, and how Redis is reached."""

from collections.abc import Iterable, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from chat.turns.events import TurnEvent

EVENT = "event"
"""The field that holds an event as JSON; an entry without it is a fence."""

EVENTS_KEPT = 20_000
"""About so many; whoever comes later to a longer log begins with what the database keeps."""

LIFE_S = 3600
"""How long a stream outlives the last event."""


Client = Any
"""A `redis.asyncio.Redis`, typed with the answers of all protocol versions at once."""


def client(url: str) -> Client:
    """It makes no second try of its own: an outage is waited for where it is known what was lost.

    Its timeout is above every BLOCK, and not the 5 s of redis-py: an idle read would raise.
    """
    return Redis.from_url(
        url, socket_timeout=10, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
    )


def key(turn_id: str) -> str:
    return f"cascade:turn:{turn_id}"


def decoded(entries: Iterable[tuple[bytes, dict[bytes, bytes]]]) -> list[TurnEvent]:
    field = EVENT.encode()
    return [TurnEvent.from_json(fields[field]) for _, fields in entries if field in fields]


def numbers(entry_id: bytes) -> tuple[int, int]:
    """Epoch and seq of an entry."""
    epoch, _, seq = entry_id.decode().partition("-")
    return int(epoch), int(seq)


def last_numbers(newest: Sequence[Any]) -> tuple[int, int] | None:
    """Of what XREVRANGE ... COUNT 1 answered."""
    return numbers(newest[0][0]) if newest else None
