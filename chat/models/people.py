"""What is kept of who comes in."""

from django.db import models


class SignInTry(models.Model):
    """A password that was tried in the last minutes: of whom, as a digest, and from where."""

    name_digest = models.CharField(max_length=32)
    address = models.CharField(max_length=45)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["name_digest", "at"]),
            models.Index(fields=["address", "at"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"from {self.address} at {self.at:%H:%M}"
