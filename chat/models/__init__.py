"""What is kept: the set-up, conversations and their turns, and the ledger.

Money is `Decimal` USD; prices are per million tokens. A null amount means that no price was known,
never zero. Names and prices an attempt was made with are copied onto it, so history is never
re-priced and outlives the set-up it came from.
"""

from chat.models.conversations import LIVE, NOTE_LIMIT, PROMPT_LIMIT, Conversation, Feedback, Turn
from chat.models.fields import UsdField
from chat.models.learning import Calibration, Label, LabelSource
from chat.models.ledger import SHADOW, Attempt, Budget, Reservation, Scope, Spending
from chat.models.setup import Cascade, CascadeStep, ModelConfig, Price, Provider, provider_kinds
from chat.models.tools import McpServer, McpTool

__all__ = [
    "LIVE",
    "NOTE_LIMIT",
    "PROMPT_LIMIT",
    "SHADOW",
    "Attempt",
    "Budget",
    "Calibration",
    "Cascade",
    "CascadeStep",
    "Conversation",
    "Feedback",
    "Label",
    "LabelSource",
    "McpServer",
    "McpTool",
    "ModelConfig",
    "Price",
    "Provider",
    "Reservation",
    "Scope",
    "Spending",
    "Turn",
    "UsdField",
    "provider_kinds",
]
