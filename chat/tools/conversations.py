"""Tools over a reader's own conversations: they see and change nothing of anybody else."""

from typing import Annotated, Any

from django.db.models import Exists, OuterRef, Q
from django.utils.text import Truncator

from chat.cascade import ToolConfig, ToolError
from chat.models import Attempt, Conversation, Turn
from chat.off_loop import off_loop

MOST_WORDS = 8
MOST_FOUND = 8
EXCERPT = 300
TITLE_LENGTH = 60


def search_conversations(turn: Turn) -> ToolConfig:
    async def search_conversations(
        query: Annotated[str, "A few words that all occur in what is looked for"],
    ) -> list[dict[str, str]]:
        """Search what the user asked and was told before, in earlier conversations."""
        return await off_loop(_found)(turn, query)

    return ToolConfig.from_function(search_conversations)


def rename_conversation(turn: Turn) -> ToolConfig:
    async def rename_conversation(
        title: Annotated[str, f"At most {TITLE_LENGTH} characters"],
    ) -> str:
        """Give this conversation a new title, when the user asks for a better title or name."""
        title = " ".join(title.split())
        if not title or len(title) > TITLE_LENGTH:
            raise ToolError(f"A title has 1 to {TITLE_LENGTH} characters.")
        await Conversation.objects.filter(id=turn.conversation_id).aupdate(title=title)
        return f"It is now called {title!r}."

    return ToolConfig.from_function(rename_conversation, asks_first=True)


def _found(turn: Turn, query: str) -> list[dict[str, str]]:
    words = query.split()[:MOST_WORDS]
    if not words:
        raise ToolError("The query holds no word.")
    turns = Turn.objects.filter(conversation__user=turn.conversation.user_id).exclude(id=turn.id)
    for word in words:
        turns = turns.filter(_holds(word))
    newest = turns.select_related("conversation").prefetch_related("attempts")
    return [_told(row, words) for row in newest.order_by("-created_at")[:MOST_FOUND]]


def _holds(word: str) -> Q:
    """In the title, the prompt or an answer; drafts that were set aside do not count."""
    answers = Attempt.objects.filter(turn=OuterRef("pk"), switch_reason="", text__icontains=word)
    title = Q(conversation__title__icontains=word)
    return title | Q(prompt__icontains=word) | Q(Exists(answers))


def _told(turn: Turn, words: list[str]) -> dict[str, Any]:
    answers = [row.text for row in turn.attempts.all() if row.text and not row.switch_reason]
    return {
        "conversation": turn.conversation.title,
        "asked_at": f"{turn.created_at:%Y-%m-%d}",
        "asked": _excerpt(turn.prompt, words),
        "answered": _excerpt(answers[-1] if answers else "", words),
    }


def _excerpt(text: str, words: list[str]) -> str:
    """Around the first of the words in it, or its beginning."""
    text = " ".join(text.split())
    lower = text.lower()
    places = [at for word in words if (at := lower.find(word.lower())) >= 0]
    begin = max(0, min(places, default=0) - EXCERPT // 3)
    excerpt = Truncator(text[begin:]).chars(EXCERPT)
    return f"…{excerpt}" if begin else excerpt
