"""What people may send. Every field's refusal is one sentence that says what to do."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from chat.models import PROMPT_LIMIT, Cascade


class _PromptField(forms.CharField):
    """Text as it was typed, line ends normalised; never empty, never what cannot be stored."""

    widget = forms.Textarea

    def __init__(self) -> None:
        super().__init__(strip=False)

    def to_python(self, value: Any) -> str:
        if value is not None and not isinstance(value, str):
            raise ValidationError("The question must be text.", code="not_text")
        text = (super().to_python(value) or "").replace("\r\n", "\n")
        if not text.strip():
            raise ValidationError("Write a question first.", code="empty")
        if len(text) > PROMPT_LIMIT:
            raise ValidationError(
                f"That is {len(text):,} characters; the most is {PROMPT_LIMIT:,}. Shorten it.",
                code="too_long",
            )
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValidationError(
                "The question holds characters that cannot be kept. Paste it as plain text.",
                code="unstorable",
            )
        return text


class PromptForm(forms.Form):
    """A prompt and the id its client gave it, so that sending it twice begins one turn."""

    prompt = _PromptField()
    client_id = forms.UUIDField(
        error_messages={
            "required": "The message carries no client id.",
            "invalid": "The client id is not a UUID.",
        }
    )


class ConversationForm(PromptForm):
    """The first prompt of a conversation, and the cascade that answers it."""

    cascade = forms.ModelChoiceField(
        Cascade.objects.filter(enabled=True),
        required=False,
        error_messages={
            "invalid_choice": "That cascade is not available any more. Choose another."
        },
    )


def first_error(form: forms.Form) -> tuple[str, str]:
    """The sentence to show and its code."""
    error = next(iter(form.errors.as_data().values()))[0]
    return error.messages[0], error.code or "invalid"
