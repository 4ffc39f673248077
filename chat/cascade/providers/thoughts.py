"""Thoughts that a model writes into its text, `<think>…</think>` before the answer -> `Reasoning`.

Only at the very start of an answer, behind white space at most; a tag anywhere else is text. Where
the model's template opens the tag, only its end arrives: such a model is taken to think from the
start, and if it then ends properly without that end, what it wrote was its answer after all.
"""

from collections.abc import Iterator

from chat.cascade.providers.base import Delta, Finish, Logprobs, Reasoning, Text

_OPEN, _CLOSE = "<think>", "</think>"

# White space before a tag or a thought waits for what follows it, unless it is longer than this.
_LONGEST_BLANK = 64


class InlineThoughts:
    """Of one answer. However its text is cut, the same words come out as the same kind.

    `begins_inside` says that the template has opened the tag. What may be the beginning of a tag is
    held back; `rest` is it at the end of a stream that had no finish.
    """

    def __init__(self, *, begins_inside: bool = False) -> None:
        self._begins_inside = begins_inside
        self._is_thinking = False
        self._is_past = False
        self._held = ""
        self._has_thought = False
        self._written: list[str] = []  # of thoughts that may yet turn out to be the answer

    def split(self, deltas: list[Delta]) -> list[Delta]:
        if self._is_past:
            return deltas
        return [piece for delta in deltas for piece in self._split(delta)]

    def _split(self, delta: Delta) -> Iterator[Delta]:
        match delta:
            case _ if self._is_past:
                yield delta
            case Text(text, is_refusal=False):
                yield from self._read(text)
            case Logprobs() if self._is_thinking:
                pass
            case Reasoning():  # this service tells them apart itself
                yield from self.rest()
                yield delta
            case Finish(reason):
                yield from self.rest()
                if self._written and reason == "stop":
                    yield Text("".join(self._written))
                yield delta
            case _:
                yield delta

    def rest(self) -> Iterator[Delta]:
        held, self._held, self._is_past = self._held, "", True
        if self._is_thinking:
            yield from self._think(held)
        elif held:
            yield Text(held)

    def _read(self, text: str) -> Iterator[Delta]:
        text, self._held = self._held + text, ""
        if self._is_thinking:
            yield from self._read_thoughts(text)
            return
        begin = text.lstrip()
        blank = len(text) - len(begin)
        if blank <= _LONGEST_BLANK:
            if begin.startswith(_OPEN):
                self._is_thinking, self._begins_inside = True, False
                yield from self._read_thoughts(begin.removeprefix(_OPEN))
                return
            if _OPEN.startswith(begin):
                self._held = text
                return
        if self._begins_inside:
            self._is_thinking = True
            yield from self._read_thoughts(text)
        else:
            self._is_past = True
            yield Text(text)

    def _read_thoughts(self, text: str) -> Iterator[Delta]:
        thought, end, answer = text.partition(_CLOSE)
        if end:
            self._is_past = True
            yield from self._think(thought)
            if answer:
                yield Text(answer)
            return
        kept = len(text) - _beginning_of_close(text)
        self._held = text[kept:]
        if self._is_thought(text[:kept]):
            yield from self._think(text[:kept])
        else:
            self._held = text

    def _think(self, thought: str) -> Iterator[Delta]:
        if thought and self._is_thought(thought):
            self._has_thought = True
            if self._begins_inside:
                self._written.append(thought)
            yield Reasoning(thought)

    def _is_thought(self, text: str) -> bool:
        """An empty pair of tags, with which some models skip their thoughts, shows nothing."""
        return self._has_thought or bool(text.strip()) or len(text) > _LONGEST_BLANK


def _beginning_of_close(text: str) -> int:
    """How many of the last characters may be the beginning of the tag."""
    sizes = range(min(len(_CLOSE) - 1, len(text)), 0, -1)
    return next((size for size in sizes if text.endswith(_CLOSE[:size])), 0)
