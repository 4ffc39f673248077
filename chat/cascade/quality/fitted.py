"""The numbers as shipped: `rules.py`, with what `manage.py calibrate` has fitted in its place."""

from pathlib import Path
from typing import Final

from chat.cascade.quality.rules import RULES
from chat.cascade.quality.scorer import Scorers, from_json

PATH: Final = Path(__file__).with_name("fitted.json")

FITTED: Final[Scorers] = {**RULES, **from_json(PATH.read_text(encoding="utf-8"))}
