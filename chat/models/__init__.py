"""What is kept: the set-up, conversations and their turns, and the ledger.

Money is `Decimal` USD; prices are per million tokens. A null amount means that no price was known,
never zero. Names and prices an attempt was made with are copied onto it, so history is never
re-priced and outlives the set-up it came from.
"""

from chat.models.conversations import (
    ASKED_A_DRAFT_ALONE,
    ATTACHMENT_COUNT,
    ATTACHMENT_LIMIT,
    IS_LIVE,
    LIVE,
    NOTE_LIMIT,
    PROMPT_LIMIT,
    TAG_LENGTH,
    TITLE_LIMIT,
    Conversation,
    Feedback,
    Only,
    Tag,
    Turn,
)
from chat.models.fields import UsdField
from chat.models.history import Change, Configuration, Reading
from chat.models.learning import Calibration, Label, LabelSource
from chat.models.ledger import (
    BESIDE,
    SHADOW,
    TITLE,
    Attempt,
    Budget,
    Decision,
    Reservation,
    Scope,
    Spending,
)
from chat.models.people import SignInTry
from chat.models.prompts import SavedPrompt
from chat.models.search import SearchEntry
from chat.models.setup import (
    CAPABILITIES,
    Cascade,
    CascadeStep,
    ModelConfig,
    Price,
    Provider,
    provider_kinds,
)
from chat.models.sharing import ShareLink
from chat.models.tools import McpServer, McpTool

__all__ = [
    "ASKED_A_DRAFT_ALONE",
    "ATTACHMENT_COUNT",
    "ATTACHMENT_LIMIT",
    "BESIDE",
    "CAPABILITIES",
    "IS_LIVE",
    "LIVE",
    "NOTE_LIMIT",
    "PROMPT_LIMIT",
    "SHADOW",
    "TAG_LENGTH",
    "TITLE",
    "TITLE_LIMIT",
    "Attempt",
    "Budget",
    "Calibration",
    "Cascade",
    "CascadeStep",
    "Change",
    "Configuration",
    "Conversation",
    "Decision",
    "Feedback",
    "Label",
    "LabelSource",
    "McpServer",
    "McpTool",
    "ModelConfig",
    "Only",
    "Price",
    "Provider",
    "Reading",
    "Reservation",
    "SavedPrompt",
    "Scope",
    "SearchEntry",
    "ShareLink",
    "SignInTry",
    "Spending",
    "Tag",
    "Turn",
    "UsdField",
    "provider_kinds",
]
