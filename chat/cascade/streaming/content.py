"""The text of a draft's chunks: it is shown while it is written, and counts when it is accepted.

The guide collects an answer by joining the `content` of all chunks. A draft has to be seen before
it is decided upon, and must not be in that sum if it is then set aside. So its `content` is shown
by `print`, `str` and f-strings, while its value, which is what `join` and JSON take, is empty; an
accepted draft ends with a chunk whose value is all of its text and which shows nothing more.
"""


class Content(str):
    """Its value is what counts; `str()` of it is what is shown."""

    _shown: str

    def __new__(cls, *, shown: str = "", counts: str = "") -> "Content":
        content = super().__new__(cls, counts)
        content._shown = shown
        return content

    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, str]]:
        """For copies, also those that cross process borders."""
        return (), {"shown": self._shown, "counts": "".join((self,))}

    def __str__(self) -> str:
        return self._shown

    def __format__(self, spec: str) -> str:
        return format(self._shown, spec)

    def __repr__(self) -> str:
        return f"Content(shown={self._shown!r}, counts={super().__repr__()})"
