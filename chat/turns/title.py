"""Better titles: what a conversation is about, in the words of its first model.

Only where its cascade says so, once, after its first answer, and never in the place of a title that
somebody gave.
"""

from chat.agents import Cast
from chat.conversations import titles
from chat.models import TITLE, Turn
from chat.turns.beside import ask_beside
from chat.turns.state import TurnState, TurnStatus

MOST_TOKENS = 200
"""Some think before the few words they write."""

_READ = 2_000
_ASK = """Give this conversation a title of at most six words, in the language of the question, \
without quotation marks and without a full stop. Answer with the title alone.

The question:
{question}

The answer:
{answer}"""


async def improve_title(turn: Turn, state: TurnState, cast: Cast) -> None:
    if not _deserves_one(turn, state) or state.answer is None:
        return
    prompt = _ASK.format(question=turn.prompt[:_READ], answer=state.answer.text[:_READ])
    seen = await ask_beside(turn, cast, 0, TITLE, prompt, force_draft=True, max_tokens=MOST_TOKENS)
    if seen is None or seen.status != TurnStatus.COMPLETED or seen.answer is None:
        return
    if title := titles.read(seen.answer.text):
        await titles.improve(turn.conversation, titles.of(turn.prompt), title)


def _deserves_one(turn: Turn, state: TurnState) -> bool:
    """The first turn of a conversation, whose title is still its beginning."""
    is_first = turn.parent_id is None and state.status == TurnStatus.COMPLETED
    wants_one = turn.cascade is not None and turn.cascade.titles
    return is_first and wants_one and turn.conversation.title == titles.of(turn.prompt)
