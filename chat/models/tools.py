"""Servers of the Model Context Protocol, and the tools they said they have."""

import shlex

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.models.rules import accepted, reachable


class McpServer(models.Model):
    """A server that an operator registered: at an address, or a command of the allow-list."""

    name = models.CharField(
        max_length=24,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9_]*$",
                gettext_lazy("Lower-case letters, digits and underscores, a letter first."),
            )
        ],
        help_text="Begins the names of its tools: files gives files__read.",
    )
    url = models.CharField(
        "URL", max_length=300, blank=True, help_text="Of its streamable HTTP transport."
    )
    key_variable = models.CharField(
        "key from environment variable",
        max_length=80,
        blank=True,
        validators=[RegexValidator(r"^MCP_KEY_[A-Z0-9_]+$", gettext_lazy("Name MCP_KEY_…."))],
        help_text="Its name, not the key: MCP_KEY_…. Sent as a bearer token.",
    )
    command = models.CharField(
        max_length=300,
        blank=True,
        help_text="Instead of a URL: a command line listed in MCP_STDIO_COMMANDS.",
    )
    enabled = models.BooleanField(default=True)
    listed_at = models.DateTimeField("tools listed", null=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = "MCP server"
        constraints = [
            models.CheckConstraint(
                condition=Q(url="") ^ Q(command=""),
                name="mcp_server_has_url_or_command",
                violation_error_message=gettext_lazy("Give a URL or a command, and not both."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.url:
            accepted("url", base_url=self.url)
            reachable("url", self.url)
        if self.command and not self.may_run:
            raise ValidationError(
                {"command": _("This command is not listed in the setting MCP_STDIO_COMMANDS.")}
            )

    @property
    def may_run(self) -> bool:
        """Asked again before every start: the setting may have changed since it was saved."""
        return self.command in settings.MCP_STDIO_COMMANDS

    @property
    def argv(self) -> list[str]:
        return shlex.split(self.command)


class McpTool(models.Model):
    """A tool as its server described it when it was last asked."""

    server = models.ForeignKey(McpServer, models.CASCADE, related_name="tools")
    name = models.CharField(max_length=64, unique=True)
    remote_name = models.CharField(max_length=200)
    description = models.TextField()
    parameters = models.JSONField()
    asks_first = models.BooleanField(
        "asks the reader first",
        default=True,
        help_text="Take this away only from tools that change nothing.",
    )

    class Meta:
        ordering = ["name"]
        verbose_name = "MCP tool"
        constraints = [
            models.UniqueConstraint(
                fields=["server", "remote_name"], name="one_mcp_tool_per_remote_name"
            )
        ]

    def __str__(self) -> str:
        return self.name
