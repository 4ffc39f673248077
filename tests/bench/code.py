"""What it costs to colour a thousand characters of code, by language.

Programs of this repository where there are any, and written-out lines otherwise; each as long as a
block may be that is coloured at all.
"""

import html
import time

from chat.render.code import MAX_COLOURED, coloured
from tests.bench.processes import ROOT
from tests.bench.report import Part, grid
from tests.bench.rig import Rig

ROUNDS = 5
LINES = {
    "sql": "SELECT a, count(*) FROM t JOIN u USING (id) WHERE x = 'y' GROUP BY a;\n",
    "json": '{"name": "tide", "values": [1, 2.5, true, null]}\n',
    "cpp": "int main() { std::vector<int> v{1, 2}; return v[0]; } // a comment\n",
    "rust": 'fn main() { let x: Vec<u8> = vec![1, 2]; println!("{}", x[0]); }\n',
    "bash": "for file in *; do echo \"$file\" | sed 's/a/b/'; done  # a comment\n",
}


def programs() -> dict[str, str]:
    return {
        "python": (ROOT / "chat" / "turns" / "play.py").read_text(),
        "javascript": (ROOT / "static" / "js" / "socket.js").read_text(),
        "css": (ROOT / "static" / "css" / "attempt.css").read_text(),
        **{language: line * (MAX_COLOURED // len(line)) for language, line in LINES.items()},
    }


async def measure(rig: Rig) -> Part:
    found = {language: _coloured(language, text) for language, text in programs().items()}
    rows = [(language, *figures) for language, figures in found.items()]
    table = grid("|CPU ms for a kB of source|HTML, times as long", rows)
    return Part(f"Colouring code, the best of {ROUNDS}", table, data=found)


def _coloured(language: str, program: str) -> tuple[float, float]:
    text = program[:MAX_COLOURED]
    page = f'<pre><code class="language-{language}">{html.escape(text)}</code></pre>'
    times = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        size = len(coloured(page))
        times.append(time.thread_time() - began)
    return 1000 * min(times) / (len(text) / 1000), size / len(page)
