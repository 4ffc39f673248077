"""The meters, as Prometheus reads them. `ops/grafana.json` shows every one of them."""

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from chat.turns.attempts import AttemptState
from chat.turns.state import TurnState

_FIRST_TOKEN_S = (0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 30)
_TURN_S = (0.5, 1, 2, 5, 10, 20, 40, 60, 120, 300)
_FRAME_S = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5)
_LOOP_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Prometheus:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._turns = self._counter("turns", "Turns that ended here.", "status", "strategy")
        self._attempts = self._counter("attempts", "Attempts made.", "model", "role", "status")
        self._tokens = self._counter("tokens", "Tokens charged for.", "model", "kind")
        self._cost = self._counter("cost_usd", "What models have cost.", "model")
        self._saved = self._counter("saved_usd", "Against the last model alone, where it is more.")
        self._overhead = self._counter("overhead_usd", "The same, where the cascade costs more.")
        self._first_token = self._histogram(
            "first_token_seconds", "From the question to the first text.", _FIRST_TOKEN_S
        )
        self._turn = self._histogram("turn_seconds", "From the question to the end.", _TURN_S)
        self._frame = self._histogram(
            "frame_lag_seconds",
            "From the log to a viewer; 0.05 to 0.1 are the pace of frames.",
            _FRAME_S,
        )
        self._loop = self._histogram(
            "loop_lag_seconds", "How late the event loop came back to a task.", _LOOP_S
        )

    def turn_ended(self, state: TurnState) -> None:
        self._turns.labels(state.status, state.strategy).inc()
        for attempt in state.attempts:
            self.attempt_ended(attempt)
        if state.saved_usd is not None:
            counter = self._saved if state.saved_usd >= 0 else self._overhead
            counter.inc(float(abs(state.saved_usd)))
        if state.first_token_ms is not None:
            self._first_token.observe(state.first_token_ms / 1000)
        if state.latency_ms is not None:
            self._turn.observe(state.latency_ms / 1000)

    def attempt_ended(self, attempt: AttemptState) -> None:
        self._attempts.labels(attempt.model, attempt.role, attempt.status).inc()
        if (receipt := attempt.receipt) is None:
            return
        for kind in ("input", "output"):
            self._tokens.labels(attempt.model, kind).inc(receipt.usage[kind])
        if receipt.cost_usd is not None:
            self._cost.labels(attempt.model).inc(float(receipt.cost_usd))

    def frame_sent(self, lag_s: float) -> None:
        self._frame.observe(lag_s)

    def loop_late(self, seconds: float) -> None:
        self._loop.observe(seconds)

    def _counter(self, name: str, said: str, *labels: str) -> Counter:
        return Counter(f"cascade_{name}", said, labels, registry=self.registry)

    def _histogram(self, name: str, said: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"cascade_{name}", said, registry=self.registry, buckets=buckets)
