"""What stands in a set-up file, and under which names."""

from typing import Final

from chat.models import Budget, Cascade, ModelConfig, Price, Provider, Scope

VERSION: Final = 1

# A provider's key is named, never written; what else it holds may be secret and stays where it is.
PROVIDER: Final = ("name", "kind", "base_url", "key_variable", "connect_timeout_s")
MODEL: Final = (
    "name",
    "display_name",
    "context_window",
    "max_tokens",
    "temperature",
    "first_content_timeout_s",
    "idle_timeout_s",
    "total_timeout_s",
    "capabilities",
    "enabled",
)
PRICE: Final = ("input", "cached_input", "cache_write", "output", "reasoning", "tiers")
CASCADE: Final = (
    "name",
    "is_default",
    "enabled",
    "thresholds",
    "direct_from",
    "checks_off",
    "budget_usd",
    "system_prompt",
    "tools",
    "promise_percent",
    "shadow_percent",
    "shadow_usd_a_day",
    "titles",
)
BUDGET: Final = ("limit_usd",)
FIELDS: Final = {
    Provider: PROVIDER,
    ModelConfig: MODEL,
    Price: PRICE,
    Cascade: CASCADE,
    Budget: BUDGET,
}

# Lists of names, among what is kept as JSON.
TEXTS: Final = ("capabilities", "checks_off", "tools")

# Those for everybody; a person's own budget is no part of a set-up.
BUDGETS: Final = {
    "everybody": Scope.GLOBAL,
    "user_a_day": Scope.USER,
    "conversation": Scope.CONVERSATION,
}
SECTIONS: Final = ("version", "providers", "models", "cascades", "budgets")
