"""The operator's desk: what answers, and what it costs."""

from chat.admin import cascades, learning, models  # noqa: F401  # registered by being imported
