"""What decisions on a pair of models are made with: shipped numbers, or ones learnt from use."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from chat.cascade.errors import ConfigError
from chat.cascade.quality.kinds import Kind
from chat.cascade.quality.promise import Kept
from chat.cascade.quality.rules import RULES
from chat.cascade.quality.scorer import Scorers, from_json

PATH: Final = Path(__file__).with_name("fitted.json")
"""What `manage.py calibrate` has fitted, in the place of what is set by hand."""

FITTED: Final[Scorers] = {**RULES, **from_json(PATH.read_text(encoding="utf-8"))}


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


_KNOWN: Final = sorted({name for names in known_checks().values() for name in names})


def names_of_checks(given: object) -> frozenset[str]:
    """Raises ConfigError where one is unknown: it would leave out nothing."""
    if not isinstance(given, Collection) or isinstance(given, str):
        raise ConfigError(f"checks_off is {given!r}, must be a set of names")
    for name in given:
        if name not in _KNOWN:
            raise ConfigError(
                f"Unknown check {name!r} in checks_off, may be any of: {', '.join(_KNOWN)}"
            )
    return frozenset(given)
