"""What people may send. Every field's refusal is one sentence that says what to do."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from chat.models import NOTE_LIMIT, PROMPT_LIMIT, Cascade
from chat.turns.state import Thumb


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
        if _is_unstorable(text):
            raise ValidationError(
                "The question holds characters that cannot be kept. Paste it as plain text.",
                code="unstorable",
            )
        return text


def _is_unstorable(text: str) -> bool:
    return "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


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


class ThumbForm(forms.Form):
    """What a reader thinks of an answer, and perhaps a line why."""

    value = forms.TypedChoiceField(
        choices=[(1, "good"), (-1, "not good"), (0, "taken back")],
        coerce=int,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "A thumb is 1 or -1, or 0 to take it back."
        ),
    )
    note = forms.CharField(required=False)

    def clean_note(self) -> str:
        note = " ".join(self.cleaned_data["note"].split())
        if len(note) > NOTE_LIMIT:
            raise ValidationError(
                f"That is {len(note):,} characters; the most is {NOTE_LIMIT}. Shorten it.",
                code="too_long",
            )
        if _is_unstorable(note):
            raise ValidationError(
                "The line holds characters that cannot be kept. Type it as plain text.",
                code="unstorable",
            )
        return note

    @property
    def thumb(self) -> Thumb:
        return Thumb(**self.cleaned_data)


def first_error(form: forms.Form) -> tuple[str, str]:
    """The sentence to show and its code."""
    error = next(iter(form.errors.as_data().values()))[0]
    return error.messages[0], error.code or "invalid"
