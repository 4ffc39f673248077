"""The catalogues: every string that is marked, and what it is in German.

Strings are found without gettext, which nobody has to have here: in templates by Django's own
reader, in Python by its syntax tree, and the names of models and fields where the app marks them.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.apps import apps
from django.contrib import admin
from django.utils.translation.template import templatize

ROOT = Path(__file__).parent.parent.parent
PO = ROOT / "locale" / "de" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")

_HEADER = {
    "Project-Id-Version": "Cascade Chat",
    "Language": "de",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
_STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_CALL = re.compile(rf"\b(p?)(n?)(?:gettext|_)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)")
_STRINGS = re.compile(_STRING)


@dataclass(frozen=True, order=True)
class Message:
    text: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.context, self.text


def marked() -> dict[Message, list[str]]:
    """Every message, and the files it stands in."""
    found: dict[Message, list[str]] = {}
    for message, place in (*_of_templates(), *_of_modules(), *_of_models()):
        places = found.setdefault(message, [])
        if place not in places:
            places.append(place)
    return found


def _of_templates() -> Iterator[tuple[Message, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        place = path.relative_to(ROOT).as_posix()
        for call in _CALL.finditer(templatize(path.read_text())):
            strings = [ast.literal_eval(text) for text in _STRINGS.findall(call[3])]
            yield _message(strings, has_context=bool(call[1]), has_plural=bool(call[2])), place


def _of_modules() -> Iterator[tuple[Message, str]]:
    for path in sorted([*(ROOT / "chat").rglob("*.py"), *(ROOT / "cascadeweb").rglob("*.py")]):
        place = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            name = node.func.id.removesuffix("_lazy").removesuffix("_noop")
            strings = [text.value for text in node.args if isinstance(text, ast.Constant)]
            if name in ("_", "gettext", "ngettext", "pgettext", "npgettext") and strings:
                context, plural = "p" in name.split("g")[0], "n" in name.split("g")[0]
                yield _message(strings, has_context=context, has_plural=plural), place


def _of_models() -> Iterator[tuple[Message, str]]:
    """Of those that the desk shows; of others it names what may be done with them."""
    desks = admin.site._registry
    shown = {model._meta.concrete_model for model in desks}
    shown |= {inline.model for desk in desks.values() for inline in desk.inlines}
    for model in apps.get_app_config("chat").get_models():
        place = f"chat/models ({model.__name__})"
        meta = model._meta
        yield Message(_in_english(meta.verbose_name)), place
        for _, right in meta.permissions:
            yield Message(_in_english(right)), place
        if model not in shown and model not in desks:  # a proxy is on the desk by itself
            continue
        yield Message(_in_english(meta.verbose_name_plural)), place
        for field in meta.local_fields:
            yield Message(_in_english(field.verbose_name)), place
            if field.help_text:
                yield Message(_in_english(field.help_text)), place


def _in_english(name: object) -> str:
    return str(name)


def _message(strings: list[str], *, has_context: bool, has_plural: bool) -> Message:
    context = strings.pop(0) if has_context else ""
    return Message(strings[0], strings[1] if has_plural else "", context)


def read() -> polib.POFile:
    return polib.pofile(str(PO), wrapwidth=100)


def update() -> polib.POFile:
    """The German catalogue with every marked message, and no other."""
    kept = {(one.msgctxt or "", one.msgid): one for one in read()} if PO.exists() else {}
    made = polib.POFile(wrapwidth=100)
    made.metadata = _HEADER
    for message, places in sorted(marked().items(), key=lambda one: (min(one[1]), one[0])):
        entry = kept.get(message.key) or polib.POEntry(
            msgid=message.text, msgctxt=message.context or None, msgid_plural=message.plural
        )
        if message.plural and not entry.msgstr_plural:
            entry.msgid_plural, entry.msgstr_plural = message.plural, {0: "", 1: ""}
        entry.occurrences = [(place, "") for place in sorted(places)]
        made.append(entry)
    return made


def is_translated(entry: polib.POEntry) -> bool:
    texts = list(entry.msgstr_plural.values()) or [entry.msgstr]
    return all(texts) and not entry.fuzzy
