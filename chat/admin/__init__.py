"""The operator's desk: what answers, and what it costs."""

from chat.admin import (  # noqa: F401  # registered by being imported
    budgets,
    cascades,
    learning,
    models,
    tools,
)
