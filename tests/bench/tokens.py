"""How far our count of tokens is from recorded ones: `python -m tests.bench.tokens`.

Reads the recordings in CASCADE_SHARED whose token counts came from the provider, and prints a row
for each kind of text: our sum over the recorded sum, and the error of single texts of 20 tokens or
more. The column `4 bytes` is what four bytes a token would have given.
"""

import gzip
import json
import os
import statistics
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from chat.cascade.tokens import estimate_tokens
from tests.bench.processes import ROOT

SETS = {"humaneval": "code", "truthfulqa": "prose", "triviaqa": "short facts"}
HEAD = "text                  texts  tokens  ours  4 bytes  median error  90 %"


def recorded() -> Iterator[tuple[str, str, int]]:
    """A kind, an answer, and its tokens. Prompts were wrapped in more than is recorded of them."""
    shared = Path(os.environ.get("CASCADE_SHARED", ROOT.parent / "shared"))
    for path in sorted(shared.glob("evals/data*/dev/*.jsonl.gz")):
        with gzip.open(path, "rt") as lines:
            for row in map(json.loads, lines):
                kind = next((SETS[name] for name in SETS if name in row["dataset"]), None)
                if kind is None or row["token_source"] != "recorded":
                    continue
                for model in ("weak", "strong"):
                    yield kind, row[f"{model}_answer"], row[f"{model}_tokens_out"]


def main() -> None:
    found: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for kind, text, tokens in recorded():
        found[kind].append((tokens, estimate_tokens(text), -(-len(text.encode()) // 4)))
    print(HEAD)
    for kind, rows in sorted(found.items()):
        tokens, ours, bytes4 = (sum(column) for column in zip(*rows, strict=True))
        errors = sorted(abs(row[1] / row[0] - 1) for row in rows if row[0] >= 20)
        said = f"{kind:20}{len(rows):7,}{tokens:8,}{ours / tokens:6.2f}{bytes4 / tokens:9.2f}"
        if len(errors) > 20:
            said += f"{statistics.median(errors):14.0%}{errors[len(errors) * 9 // 10]:6.0%}"
        print(said)


if __name__ == "__main__":
    main()
