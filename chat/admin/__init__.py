"""The operator's desk: what answers, and what it costs."""

from chat.admin import cascades, learning, models, tools  # noqa: F401  # registered by being imported
