"""What the product costs and carries: `python -m tests.bench [--quick] [PART...]`.

Everything that is measured is started here, on 127.0.0.1, and ended here. Every loop is bounded;
runs of what is compared take turns, and medians are told. Figures are to be compared within one
run, since machines and their neighbours differ: that is what the ratios to a bare read are for.
"""

import argparse
import asyncio
import json
import os
import platform
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from importlib.metadata import version
from time import monotonic

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "cascadeweb.settings"
os.environ["LOCAL_MODEL_ADDRESSES"] = "127.0.0.1:*"
django.setup()

from tests.bench import (  # noqa: E402
    capacity,
    code,
    cold,
    costs,
    length,
    memory,
    noise,
    pair,
    parsers,
    stored,
    streams,
)
from tests.bench.noise import Meanwhile, Noise, Used  # noqa: E402
from tests.bench.processes import ROOT  # noqa: E402
from tests.bench.report import Part, bar  # noqa: E402
from tests.bench.rig import FULL, QUICK, Rig, Scale, rig  # noqa: E402

RESULT = ROOT / "var" / "bench.json"

PARTS: dict[str, Callable[[Rig], Awaitable[Part]]] = {
    "streams": streams.measure,
    "capacity": capacity.measure,
    "pair": pair.measure,
    "memory": memory.measure,
    "cold": cold.measure,
    "length": length.measure,
    "stored": stored.measure,
    "costs": costs.measure,
    "parsers": parsers.measure,
    "code": code.measure,
}

MATTERS = ("daphne", "channels", "django", "httpx", "aiohttp")


async def bench(scale: Scale, names: list[str]) -> dict[str, tuple[Part, Meanwhile]]:
    found = {}
    async with rig(scale) as shared:
        for name in names:
            begun = Used.now(shared.provider)
            part = await PARTS[name](shared)
            meanwhile = Used.now(shared.provider).since(begun)
            found[name] = part, meanwhile
            told = f"{name}, {meanwhile.seconds:.0f} s, others used {meanwhile.others:.1f}"
            print(f"{part.title} ({told} of {os.cpu_count()} cores)\n\n{part.table}\n", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="few of everything, once")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part is called {' or '.join(unknown)}; there are {', '.join(PARTS)}")
    began, before = monotonic(), Noise.now()
    found = asyncio.run(bench(QUICK if options.quick else FULL, options.parts or [*PARTS]))
    after = Noise.now()
    figures = [figure for part, _ in found.values() for figure in part.figures]
    print(f"{bar(figures)}\n\n{noise.table(before, after)}\n")
    kept = {
        "seconds": round(monotonic() - began),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in MATTERS},
        "noise": {"before": asdict(before), "after": asdict(after)},
        "parts": {name: part.as_data() | asdict(of) for name, (part, of) in found.items()},
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(kept, indent=2))
    print(f"All of it is in {RESULT.relative_to(ROOT)}, after {kept['seconds']} s.")


if __name__ == "__main__":
    main()
