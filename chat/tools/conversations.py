"""Tools over a reader's own conversations: they see and change nothing of anybody else."""

from typing import Annotated

from chat.cascade import ToolConfig, ToolError
from chat.conversations import search, titles
from chat.models import Turn
from chat.process.off_loop import off_loop

MOST_FOUND = 8
EXCERPT = 300


def search_conversations(turn: Turn) -> ToolConfig:
    async def search_conversations(
        query: Annotated[str, "A few words that all occur in what is looked for"],
    ) -> list[dict[str, str]]:
        """Search what the user asked and was told before, in earlier conversations."""
        return await off_loop(_found)(turn, query)

    return ToolConfig.from_function(search_conversations)


def rename_conversation(turn: Turn) -> ToolConfig:
    async def rename_conversation(
        title: Annotated[str, f"At most {titles.LENGTH} characters"],
    ) -> str:
        """Give this conversation a new title, when the user asks for a better title or name."""
        title = " ".join(title.split())
        if not title or len(title) > titles.LENGTH:
            raise ToolError(f"A title has 1 to {titles.LENGTH} characters.")
        await titles.rename(turn.conversation, title)
        return f"It is now called {title!r}."

    return ToolConfig.from_function(rename_conversation, asks_first=True)


def _found(turn: Turn, typed: str) -> list[dict[str, str]]:
    query = search.Query(typed)
    if not query:
        raise ToolError("The query holds no word.")
    hits = search.find(turn.conversation.user, query, most=MOST_FOUND)
    return [_told(query, hit) for hit in hits]


def _told(query: search.Query, hit: search.Hit) -> dict[str, str]:
    return {
        "conversation": hit.turn.conversation.title,
        "asked_at": f"{hit.turn.created_at:%Y-%m-%d}",
        "asked": _excerpt(query, hit.turn.prompt),
        "answered": _excerpt(query, hit.answer),
    }


def _excerpt(query: search.Query, text: str) -> str:
    pieces = search.excerpt(query, text, before=EXCERPT // 3, after=EXCERPT * 2 // 3)
    return "".join(piece.text for piece in pieces)
