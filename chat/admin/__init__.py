"""The operator's desk: what answers, and what it costs."""

from chat.admin import budgets, cascades, models  # noqa: F401  # registered by being imported
