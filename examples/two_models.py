"""Two models to cascade: OpenAI's where OPENAI_API_KEY is set, else two simulated ones."""

import os
import sys
from pathlib import Path

# Run as a script, an example finds its own folder and not the project's.
sys.path.insert(0, str(Path(__file__).parent.parent))

from chat.cascade import ModelConfig

OPENAI = [
    ModelConfig(name="gpt-4o-mini", provider="openai", cost=0.00015),
    ModelConfig(name="gpt-4o", provider="openai", cost=0.00625),
]
SIMULATED = [
    ModelConfig(name="demo-small", provider="demo", cost=0.00015),
    ModelConfig(name="demo-large", provider="demo", cost=0.00625),
]


def two_models() -> list[ModelConfig]:
    return OPENAI if os.environ.get("OPENAI_API_KEY") else SIMULATED
