"""What is looked at when Prometheus asks, and costs nothing until then."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chat.cascade.breaker import breakers
from chat.consumers import rights
from chat.models import IS_LIVE, LIVE, Turn
from chat.turns import drain
from chat.turns.log import log
from chat.turns.play import players

_STATES = ("closed", "half_open", "open")
_REDIS_S = 2.0


class Looking(Collector):
    """Asked in a thread of the endpoint's own, so also while the event loop hangs."""

    def collect(self) -> Iterator[Metric]:
        yield _gauge("players", "Turns played in this process.", len(players))
        yield _gauge("viewers", "Sockets of readers.", rights.count_held())
        yield _gauge("draining", "1 while the process ends.", drain.is_draining())
        turns, events = log.size()
        yield _gauge("logs", "Turns whose log this process holds.", turns)
        yield _gauge("log_events", "Events in those logs.", events)
        yield _breakers()
        yield from _database()
        if settings.REDIS_URL:
            yield _gauge("redis_up", "Whether Redis answers.", _redis_answers())

    def describe(self) -> list[Metric]:
        """Nothing: to register it asks nobody."""
        return []


def _gauge(name: str, said: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"cascade_{name}", said, value=float(value))


def _breakers() -> GaugeMetricFamily:
    """Of one model there may be several, one for each endpoint and key."""
    family = GaugeMetricFamily(
        "cascade_breakers", "Breakers by state.", labels=("provider", "model", "state")
    )
    found = Counter[tuple[str, str, str]](
        (held.provider, held.model, held.state) for held in breakers.states()
    )
    for provider, model in sorted({(provider, model) for provider, model, _ in found}):
        for state in _STATES:
            family.add_metric((provider, model, state), found[provider, model, state])
    return family


def _database() -> Iterator[Metric]:
    """What every process would say: the turns under way in the whole fleet."""
    try:
        rows = Turn.objects.filter(IS_LIVE).order_by().values_list("status")
        found = dict(rows.annotate(Count("id")))
    except DatabaseError:
        yield _gauge("database_up", "Whether the database answers.", 0)
        return
    finally:
        close_old_connections()
    yield _gauge("database_up", "Whether the database answers.", 1)
    family = GaugeMetricFamily("cascade_live_turns", "Live turns of all.", labels=("status",))
    for status in LIVE:
        family.add_metric((status,), found.get(status, 0))
    yield family


def _redis_answers() -> bool:
    import redis  # not loaded where there is none

    with suppress(OSError, redis.RedisError):
        asked = {"socket_timeout": _REDIS_S, "socket_connect_timeout": _REDIS_S}
        with closing(redis.Redis.from_url(settings.REDIS_URL, **asked)) as client:
            return bool(client.ping())
    return False
