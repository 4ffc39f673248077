"""What decisions on a pair of models are made with: shipped numbers, or ones learnt from use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from chat.cascade.quality.fitted import FITTED
from chat.cascade.quality.kinds import Kind
from chat.cascade.quality.promise import Kept
from chat.cascade.quality.rules import RULES
from chat.cascade.quality.scorer import Scorers


@dataclass(frozen=True, slots=True)
class Calibration:
    """By kind of work: the scorer; the share of drafts kept so far, 0 to 1, where it is known; and
    the promise, where the operator made one."""

    scorers: Scorers = field(default_factory=lambda: FITTED, hash=False)
    acceptance: Mapping[Kind, float] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )
    promises: Mapping[Kind, Kept] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def threshold(self, kind: Kind, otherwise: float) -> float:
        """The policy's, or that of a promise in force where it is higher: below the policy's no
        draft was kept, so that none was compared."""
        kept = self.promises.get(kind)
        return max(otherwise, kept.threshold or 0) if kept else otherwise

    def promise(self, kind: Kind) -> str:
        kept = self.promises.get(kind)
        return kept.sentence if kept else ""


SHIPPED: Final = Calibration()
UNTRAINED: Final = Calibration(scorers=RULES)


def known_checks() -> dict[Kind, list[str]]:
    """The names of the checks that may weigh in a decision, by kind of work."""
    return {kind: sorted({*RULES[kind].shapes, *SHIPPED.scorers[kind].shapes}) for kind in Kind}
