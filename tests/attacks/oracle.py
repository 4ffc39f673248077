"""What HTML may be made of foreign text, seen by its structure: elements, attributes, addresses.

Two questions. Of rendered Markdown: is there anything in it that is not on the list? Of everything
around it, where foreign text is only text: is it built as it would be of a harmless word?
"""

import re
from collections.abc import Iterator

import lxml.html
from lxml.html import HtmlElement

from chat.render import code

HARMLESS = "harmless"

ELEMENTS = {"p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "del", "a", "code", "pre"}
ELEMENTS |= {"blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}
ELEMENTS |= {"figure", "figcaption", "span", "button", "svg", "use", "div", "input"}
ELEMENTS |= {"math", "mrow", "mi", "mn", "mo", "msub", "msup", "mtext", "mspace", "mfrac", "mstyle"}
ELEMENTS |= {"mtable", "mtr", "mtd"}
ATTRIBUTES = {("a", "href"), ("a", "rel"), ("a", "target"), ("ol", "start"), ("code", "class")}
ATTRIBUTES |= {("td", "align"), ("th", "align")}
ATTRIBUTES |= {(tag, "dir") for tag in ("blockquote", "ol", "ul")}
ATTRIBUTES |= {("math", "display"), ("mo", "stretchy"), ("span", "class"), ("figure", "class")}
ATTRIBUTES |= {("button", name) for name in ("class", "type", "data-code", "aria-pressed")}
ATTRIBUTES |= {("svg", "class"), ("svg", "aria-hidden"), ("use", "href"), ("span", "data-when")}
ATTRIBUTES |= {
    ("math", "alttext"),
    ("pre", "tabindex"),
    ("mi", "mathvariant"),
    ("mtd", "columnalign"),
}
ATTRIBUTES |= {("div", name) for name in ("class", "tabindex", "role", "aria-label")}
ATTRIBUTES |= {("input", name) for name in ("type", "aria-label", "disabled", "checked")}
CLASSES = {"host", *code.CLASSES, "code", "table", "action", "action copy", "icon"}
OURS = {"#icon-copy", "#icon-accepted"}
REL = "noopener noreferrer nofollow"

SHEETS = re.compile(r"turn-[0-9a-f-]{36}-attempt-\d+-sheets$")
"""Ids of what holds the sheets of a text, as many as it takes."""

MARKDOWN = re.compile(r"turn-[0-9a-f-]{36}-attempt-\d+-(?:sheet-\d+|tail)$")
"""Ids of what holds a model's Markdown: such a sheet, and the tail."""

SAYS = {"title", "value", "aria-label", "placeholder", "alt", "alttext", "content", "data-text"}
"""Attributes that may hold foreign text: shown or sent back, never followed or run."""


def offences(html: str) -> list[str]:
    """What is in rendered Markdown, and not on the list."""
    root = lxml.html.fragment_fromstring(html, create_parent="main")
    return [offence for element in root.iterdescendants() for offence in _offences(element)]


def _offences(element: HtmlElement) -> Iterator[str]:
    if element.tag not in ELEMENTS:
        yield f"<{element.tag}>"
        return
    for name, value in element.attrib.items():
        if (element.tag, name) not in ATTRIBUTES:
            yield f"<{element.tag} {name}>"
        elif not _is_allowed(str(element.tag), name, value):
            yield f"<{element.tag} {name}={value!r}>"


def _is_allowed(tag: str, name: str, value: str) -> bool:
    match name:
        case "href":
            if tag == "use":
                return value in OURS
            return value.lower().startswith(("http://", "https://", "mailto:"))
        case "rel":
            return value == REL
        case "align":
            return value in ("right", "center")
        case "target":
            return value == "_blank"
        case "dir":
            return value == "auto"
        case "type" if tag == "input":
            return value == "checkbox"
        case "class" if tag == "code":
            return re.fullmatch(r"language-[\w+#.-]{1,40}", value) is not None
        case "class":
            return value in CLASSES
        case _:
            return True


def differences(hostile: str, harmless: str) -> list[str]:
    """How HTML that holds foreign text is built otherwise than with `HARMLESS` in its place.

    Frames may bring other pieces of Markdown, since other blocks are closed by then.
    """
    one, other = (
        lxml.html.fragment_fromstring(html, create_parent="main") for html in (hostile, harmless)
    )
    brought = [*_take_pieces(one), *_take_pieces(other)]
    found = [offence for piece in brought for offence in _in_piece(piece)]
    return found + list(_differences(one, other))


def _take_pieces(frame: HtmlElement) -> list[HtmlElement]:
    pieces = [child for child in frame if _is_piece(child)]
    for piece in pieces:
        frame.remove(piece)
    return pieces


def _is_piece(child: HtmlElement) -> bool:
    return _holds_a_text(child) and "hx-swap-oob" in child.attrib


def _holds_a_text(element: HtmlElement) -> bool:
    id = element.get("id", "")
    return bool(SHEETS.match(id) or MARKDOWN.match(id))


def _in_piece(piece: HtmlElement) -> Iterator[str]:
    plain = {name: value for name, value in piece.attrib.items() if name != "hx-swap-oob"}
    if piece.tag != "div" or plain not in ({"id": plain["id"]}, _sheet_of(plain["id"])):
        yield f"<{piece.tag} {dict(piece.attrib)}>"
    yield from _in_text(piece)


def _in_text(holder: HtmlElement) -> Iterator[str]:
    sheets = [holder]
    if SHEETS.match(holder.get("id", "")):
        sheets = list(holder)
        for sheet in sheets:
            if sheet.tag != "div" or dict(sheet.attrib) != _sheet_of(sheet.get("id", "")):
                yield f"<{sheet.tag} {dict(sheet.attrib)}>"
    for sheet in sheets:
        for inner in sheet.iterdescendants():
            yield from _offences(inner)


def _sheet_of(id: str) -> dict[str, str]:
    return {"class": "prose sheet", "id": id} if MARKDOWN.match(id) else {}


def _differences(one: HtmlElement, other: HtmlElement) -> Iterator[str]:
    here = f"<{other.tag} id={other.get('id')!r}>"
    if one.tag != other.tag:
        yield f"{here} is <{one.tag}>"
        return
    if one.attrib.keys() != other.attrib.keys():
        yield f"{here} has {sorted(set(one.attrib) ^ set(other.attrib))}"
    for name, value in other.attrib.items():
        is_said = name in SAYS and HARMLESS in value
        if one.get(name) != value and not is_said:
            yield f"{here} {name}={one.get(name)!r}"
    if _holds_a_text(other):
        yield from _in_text(one)
        return
    if len(one) != len(other):
        yield f"{here} holds {[child.tag for child in one]}"
        return
    for pair in zip(one, other, strict=True):
        yield from _differences(*pair)


def strangers(hostile: str, harmless: str) -> list[str]:
    """What a whole page is made of that the harmless one is not: it may have more of the same."""
    return sorted(_made_of(hostile) - _made_of(harmless))


def _made_of(page: str) -> set[str]:
    root = lxml.html.document_fromstring(page)
    found = set()
    for element in root.iter():
        if _is_markdown(element):
            found.update(_offences(element))
        else:
            found.add(f"<{element.tag}>")
            found.update(_attributes(element))
    return found


def _attributes(element: HtmlElement) -> Iterator[str]:
    """Where foreign text may be, by name; elsewhere by name and value, whatever it counts."""
    for name, value in element.attrib.items():
        yield f"<{element.tag} {name}>" + ("" if name in SAYS else _same(value))


def _is_markdown(element: HtmlElement) -> bool:
    return any(MARKDOWN.match(parent.get("id", "")) for parent in element.iterancestors())


def _same(value: str) -> str:
    """Whatever it counts or names; what is asked of an address of ours is quoted."""
    value = _ASKED.sub("=", value) if value.startswith(("/", "?")) else value
    return _NUMBER.sub("0", _ID.sub("0", value))


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ASKED = re.compile(r"=[\w.~%+:/-]*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
