"""What people may send. Every field's refusal is one sentence that says what to do."""

from itertools import zip_longest
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.localised import number
from chat.models import (
    ATTACHMENT_COUNT,
    ATTACHMENT_LIMIT,
    NOTE_LIMIT,
    PROMPT_LIMIT,
    TITLE_LIMIT,
    Cascade,
    Only,
)
from chat.turns.state import Attachment, Thumb

_GONE = {"invalid_choice": gettext_lazy("That cascade is not available any more. Choose another.")}


class _PromptField(forms.CharField):
    """Text as it was typed, line ends normalised; never empty, never what cannot be stored."""

    widget = forms.Textarea

    def __init__(self) -> None:
        super().__init__(strip=False)

    def to_python(self, value: Any) -> str:
        if value is not None and not isinstance(value, str):
            raise ValidationError(_("The question must be text."), code="not_text")
        text = (super().to_python(value) or "").replace("\r\n", "\n")
        if not text.strip():
            raise ValidationError(_("Write a question first."), code="empty")
        _check_length(text)
        if _is_unstorable(text):
            raise ValidationError(
                _("The question holds characters that cannot be kept. Paste it as plain text."),
                code="unstorable",
            )
        return text


def _check_length(text: str) -> None:
    if len(text) > PROMPT_LIMIT:
        raise ValidationError(
            _("That is {count} characters; the most is {most}. Shorten it.").format(
                count=number(len(text)), most=number(PROMPT_LIMIT)
            ),
            code="too_long",
        )


def _is_unstorable(text: str) -> bool:
    return "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def _line(text: str, most: int, unstorable: str) -> str:
    """As one line of so many characters. Raises ValidationError, `unstorable` for odd ones."""
    line = " ".join(text.split())
    if len(line) > most:
        raise ValidationError(
            _("That is {count} characters; the most is {most}. Shorten it.").format(
                count=number(len(line)), most=number(most)
            ),
            code="too_long",
        )
    if _is_unstorable(line):
        raise ValidationError(unstorable, code="unstorable")
    return line


class _SeveralWidget(forms.Widget):
    """A name that comes several times: of a form, or as a list of a frame."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        if hasattr(data, "getlist"):
            return list(data.getlist(name))
        value = data.get(name, [])
        return value if isinstance(value, list) else [value]


class _Several(forms.Field):
    widget = _SeveralWidget

    def __init__(self) -> None:
        super().__init__(required=False)

    def to_python(self, value: Any) -> list[str]:
        if not all(isinstance(text, str) for text in value):
            raise ValidationError(_("An attached text must be text."), code="not_text")
        return [text.replace("\r\n", "\n") for text in value]


class PromptForm(forms.Form):
    """A prompt, the texts attached to it, and the id its client gave it, so that sending it twice
    begins one turn."""

    prompt = _PromptField()
    client_id = forms.UUIDField(
        error_messages={
            "required": gettext_lazy("The message carries no client id."),
            "invalid": gettext_lazy("The client id is not a UUID."),
        }
    )
    attachment_name = _Several()
    attachment_text = _Several()

    def clean(self) -> dict[str, Any]:
        """With `attachments` instead of their fields."""
        cleaned = super().clean() or {}
        names, texts = (cleaned.pop(f"attachment_{part}", []) for part in ("name", "text"))
        named = [
            Attachment(name=_file_name(name, place), text=text)
            for place, (name, text) in enumerate(zip_longest(names, texts, fillvalue=""), start=1)
            if text.strip()
        ]
        size = sum(len(attached["text"]) for attached in named)
        if len(named) > ATTACHMENT_COUNT or size > ATTACHMENT_LIMIT:
            raise ValidationError(
                _(
                    "That is {size} characters in {count} attached texts; the most is {most} in "
                    "{texts}. Take some off."
                ).format(
                    size=number(size),
                    count=len(named),
                    most=number(ATTACHMENT_LIMIT),
                    texts=ATTACHMENT_COUNT,
                ),
                code="too_long",
            )
        if any(_is_unstorable(attached["text"]) for attached in named):
            raise ValidationError(
                _("An attached text holds characters that cannot be kept. Take it off."),
                code="unstorable",
            )
        return cleaned | {"attachments": named}


def _file_name(name: str, place: int) -> str:
    """One line of letters that can stand in a sentence; a model reads it too."""
    kept = "".join(letter for letter in name if letter.isalnum() or letter in " ._-").strip()
    return kept[:80] or f"pasted-{place}.txt"


class _SeenForm(forms.Form):
    """Of another version of a turn; `seen` as in `turns.begin`."""

    seen = forms.IntegerField(required=False, min_value=0, max_value=10_000)

    def clean_seen(self) -> int:
        return self.cleaned_data["seen"] or 0


class EditForm(_SeenForm):
    """Another prompt instead of one that was sent."""

    prompt = _PromptField()


class RetryForm(_SeenForm):
    """Another answer: by whom, if not by the conversation's cascade."""

    only = forms.ChoiceField(
        choices=Only.choices,
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("Only the draft or the last model can be asked alone.")
        },
    )
    cascade = forms.ModelChoiceField(
        Cascade.objects.filter(enabled=True), required=False, error_messages=_GONE
    )


class CascadeForm(forms.Form):
    """The cascade that answers from now on."""

    cascade = forms.ModelChoiceField(
        Cascade.objects.filter(enabled=True),
        error_messages={**_GONE, "required": gettext_lazy("Choose a cascade.")},
    )


class ConversationForm(PromptForm):
    """The first prompt of a conversation, and the cascade that answers it."""

    cascade = forms.ModelChoiceField(
        Cascade.objects.filter(enabled=True),
        required=False,
        error_messages=_GONE,
    )


class TitleForm(forms.Form):
    """Another title for a conversation."""

    title = forms.CharField(required=False)

    def clean_title(self) -> str:
        unstorable = _("The title holds characters that cannot be kept. Type it as plain text.")
        title = _line(self.cleaned_data["title"], TITLE_LIMIT, unstorable)
        if not title:
            raise ValidationError(_("Type a title first."), code="empty")
        return title


class SavedPromptForm(forms.Form):
    """A prompt to keep, and what it is called."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        widget=forms.TextInput(attrs={"class": "text-field", "dir": "auto", "autocomplete": "off"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Prompt"),
        help_text=gettext_lazy(
            "What stands in double braces, as {{language}}, is a blank: the first one is selected "
            "when the prompt is chosen."
        ),
        strip=False,
        widget=forms.Textarea(attrs={"class": "text-field", "dir": "auto", "rows": 4}),
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_text(self) -> str:
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        if not text.strip():
            raise ValidationError(_("Write the prompt first."), code="empty")
        _check_length(text)
        return str(text)


class ThumbForm(forms.Form):
    """What a reader thinks of an answer, and perhaps a line why."""

    value = forms.TypedChoiceField(
        choices=[
            (1, gettext_lazy("good")),
            (-1, gettext_lazy("not good")),
            (0, gettext_lazy("taken back")),
        ],
        coerce=int,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"),
            gettext_lazy("A thumb is 1 or -1, or 0 to take it back."),
        ),
    )
    note = forms.CharField(required=False)

    def clean_note(self) -> str:
        unstorable = _("The line holds characters that cannot be kept. Type it as plain text.")
        return _line(self.cleaned_data["note"], NOTE_LIMIT, unstorable)

    @property
    def thumb(self) -> Thumb:
        return Thumb(**self.cleaned_data)


def first_error(form: forms.Form) -> tuple[str, str]:
    """The sentence to show and its code."""
    error = next(iter(form.errors.as_data().values()))[0]
    return error.messages[0], error.code or "invalid"
