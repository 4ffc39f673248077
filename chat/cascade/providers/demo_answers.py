"""What the simulated models say. The page offers the prompts of `SUGGESTIONS`.

Between them they show every course a turn can take: two drafts worth keeping, one that lacks the
table it was asked for, one that only hedges where code was asked for, a proof that is never drafted
at all, and a tool.
"""

# ruff: noqa: E501, RUF001  (prose: its lines and signs are those a reader sees)

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`call` is a tool and its arguments. Where it is offered it is called first, and the answer is
    `informed`, with what the tool gave in its braces.
    """

    prompt: str
    small: str
    large: str
    call: tuple[str, str] | None = None
    informed: str = ""


# Short and plain, so that as a draft it passes the checks whatever was asked.
_SKY = Suggestion(
    prompt="Why is the sky blue?",
    small="""\
Because air scatters blue light more than red light.

Sunlight is a mix of all colours. On its way through the atmosphere it meets molecules far smaller \
than its wavelength, and those scatter short waves much more strongly than long ones. Blue light, with \
its short wave, is sent in every direction and reaches your eye from the whole sky. Red light mostly \
goes straight on.

At sunset the light has a longer way through the air. Most of the blue is gone by then, and the sun \
looks red.""",
    large="""\
The sky is blue because of **Rayleigh scattering**.

1. **Sunlight holds every colour.** Violet has a wavelength near 400 nm, red near 700 nm.
2. **Air molecules are much smaller than either.** For such small particles the strength of scattering \
grows with the inverse fourth power of the wavelength, so blue light at 450 nm is scattered about four \
times as much as red light at 650 nm.
3. **Scattered light comes from everywhere.** Look away from the sun and what reaches your eye is light \
that was turned aside by the air, which is mostly blue.

Why not violet, if violet scatters even more? The sun emits less of it, the upper atmosphere absorbs \
some, and our eyes are much less sensitive to it.

The same law explains the sunset. When the sun is low its light crosses some forty times as much air, \
the blue is scattered out of the beam, and what is left is orange and red.""",
)

_PERCENT = Suggestion(
    prompt="What is 17 % of 2,340, and how can I check it in my head?",
    small="""\
17 % of 2,340 is **397.8**.

To check it in your head, split 17 % into easy parts:

- 10 % is 234
- 5 % is half of that: 117
- 2 % is 46.8

Together: 234 + 117 + 46.8 = **397.8**.""",
    large="""\
17 % of 2,340 is **397.8**. Here are two ways to check it without paper.

**Split the percentage.** 17 = 10 + 5 + 2:

| part | value |
|---|---|
| 10 % | 234 |
| 5 % | 117 |
| 2 % | 46.8 |
| **17 %** | **397.8** |

**Swap and round.** 17 % of 2,340 equals 2,340 % of 17, that is 23.4 × 17. Now 23.4 × 10 = 234 and \
23.4 × 7 = 163.8, and 234 + 163.8 = 397.8 again.

For a quick look at the size alone: 17 % is a little more than one sixth, and 2,340 ÷ 6 = 390. So 397.8 \
is plausible, while 39.78 or 3,978 would show a slipped decimal point.""",
)

_TABLE = Suggestion(
    prompt="Compare SQLite, PostgreSQL and Redis in a table.",
    small="""\
SQLite is a small database that lives in one file. PostgreSQL is a database server with many features \
that suits most applications. Redis keeps its data in memory and is very fast. Which one to choose \
comes down to the project: SQLite for small things, PostgreSQL for larger ones, and Redis for caching.""",
    large="""\
| | SQLite | PostgreSQL | Redis |
|---|---|---|---|
| **What it is** | a library in your process | a server | a server |
| **Data lives** | in one file | on disk, cached in memory | in memory, optionally on disk |
| **Model** | relational, SQL | relational, SQL, JSON | keys to strings, hashes, lists, streams |
| **Writers at once** | one | many | one thread, very short steps |
| **After a crash** | nothing committed is lost | nothing committed is lost | up to a second, by default settings with AOF |
| **Needs care** | almost none | backups, upgrades, connections | a memory limit |
| **Good for** | apps on one machine, tests, files | the main data of a service | caches, queues, counters |

How to choose:

- **One machine and few writers?** Start with SQLite. It is faster than its reputation, and a backup is \
one file.
- **Several processes that write, or data that must outlive any one machine?** PostgreSQL.
- **Data you can afford to rebuild, wanted in well under a millisecond?** Redis, beside one of the others \
rather than instead of it.

A common and sound pair is PostgreSQL for what is true and Redis for what is fast.""",
)

_DUPLICATES = Suggestion(
    prompt="Write a Python function that finds duplicate files, and list three ways it could go wrong.",
    small="""\
I think you could probably compare the files by size, or maybe by a hash. Perhaps hashlib might be \
enough for that, but I'm not sure. It depends on the number of files. It could be slow, possibly. I \
believe there may or may not be problems with links.""",
    large="""\
Compare sizes first, because that costs nothing, and read only the files that share one:

```python
from collections import defaultdict
from hashlib import file_digest
from pathlib import Path


def duplicates(root: Path) -> list[list[Path]]:
    \"\"\"Groups of two or more files under `root` with the same content.\"\"\"
    by_size = defaultdict(list)
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            by_size[path.stat().st_size].append(path)

    by_digest = defaultdict(list)
    for paths in by_size.values():
        if len(paths) > 1:
            for path in paths:
                with path.open("rb") as file:
                    digest = file_digest(file, "sha256").hexdigest()
                by_digest[digest].append(path)
    return [paths for paths in by_digest.values() if len(paths) > 1]
```

Three ways it could go wrong:

1. **A file changes or vanishes while it runs.** `stat` or `open` then raises `FileNotFoundError`, or the \
digest describes a file that no longer exists. Catch `OSError` for each file and go on.
2. **It cannot read everything.** One directory without permission ends the whole run, for the same reason.
3. **Hard links look like duplicates.** Two names of one file share their content, and deleting one frees \
nothing. Compare `(st_dev, st_ino)` before hashing.

Empty files all count as equal, too: skip size 0 if you do not want that.""",
)

_PRIMES = Suggestion(
    prompt="Prove that there are infinitely many prime numbers.",
    small="""\
I think there are probably infinitely many primes. Perhaps Euclid showed it, but I'm not sure how. \
Maybe by multiplying some of them. It could be that one is added.""",
    large="""\
**Claim.** There are infinitely many prime numbers.

**Proof** (after Euclid). We show that every finite list of primes misses at least one prime.

Let *p₁, p₂, …, pₙ* be any finite list of primes, and let

> *N = p₁ · p₂ · … · pₙ + 1.*

Since *N* is greater than 1, it has a prime divisor *q*. (The smallest divisor of *N* greater than 1 is \
prime: a proper divisor of it would be a smaller divisor of *N*.)

Suppose *q* were in the list. Then *q* divides the product *p₁ · p₂ · … · pₙ*. It also divides *N*, so it \
divides their difference, which is 1. But no prime divides 1, a contradiction. Hence *q* is a prime that is \
not in the list.

So no finite list holds all primes, and there are infinitely many. ∎

**A common misreading.** *N* itself need not be prime. With the first six primes,

> *2 · 3 · 5 · 7 · 11 · 13 + 1 = 30031 = 59 · 509.*

The proof only needs that *N* has *some* prime divisor, and that this divisor is new: here 59 and 509.""",
)

_TIMELESS = """\
The time in Tokyo is nine hours ahead of UTC all year, since Japan keeps no summer time: when it is noon \
in UTC, it is 21:00 in Tokyo.

For the time of this moment a model needs a clock. Offer this cascade the tool `current_time` in the admin, \
and ask again."""

_TIME = Suggestion(
    prompt="What time is it in Tokyo?",
    small=_TIMELESS,
    large=_TIMELESS,
    call=("current_time", '{"zone": "Asia/Tokyo"}'),
    informed="""\
In Tokyo the time is what the tool has just told me:

```json
{}
```

I am a simulated model, but the tool is real: the time comes from the clock of this server.""",
)

SUGGESTIONS: tuple[Suggestion, ...] = (_SKY, _PERCENT, _TABLE, _DUPLICATES, _PRIMES, _TIME)
