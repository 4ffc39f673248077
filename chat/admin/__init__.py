"""The operator's desk: what answers, and what it costs."""

from chat.admin import (  # noqa: F401  # registered by being imported
    accounts,
    budgets,
    cascades,
    decisions,
    history,
    learning,
    models,
    people,
    providers,
    tools,
)
