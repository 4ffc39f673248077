"""What a search looks through."""

from django.db import models

from chat.models.conversations import Turn


class SearchEntry(models.Model):
    """The words of a turn that has ended: `chat.conversations.search` makes them of its title,
    prompt and answer.

    The database keeps a full-text index of `words`: SQLite an FTS5 table that triggers follow this
    one with, PostgreSQL a GIN index. Both were made by a migration.
    """

    turn = models.OneToOneField(Turn, models.CASCADE, related_name="search_entry")
    words = models.TextField()

    def __str__(self) -> str:
        return f"the words of turn {self.turn_id}"
