"""What is put around a model's clean HTML: the heads of code, boxes that scroll, where links go,
the boxes of tasks, and on which side lists have their marks.

Its input is what our own cleaner wrote; all it adds is fixed markup and escaped words. It goes from
tag to tag, since the cleaner leaves `<` as it is within an address.
"""

import html
import re
from functools import cache
from urllib.parse import urlsplit

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _

IMAGE = "\ufdd2"
"""Stands before the link that an image is shown as."""

_TAG = re.compile(r'<(/?[a-z][a-z0-9]*)((?: [\w-]+="[^"]*")*)>')
_WANTED = re.compile(r"<(?:a|blockquote|ol|pre|table|ul)\b")
_CODE = re.compile(r'<code(?: class="language-([^"]+)")?>')
_ADDRESS = re.compile(r' href="([^"]*)"')


def furnished(page: str, *, is_whole: bool) -> str:
    """`is_whole`: no more of it comes, so its code can be copied."""
    if not _WANTED.search(page):
        return page.replace(IMAGE, "!")
    parts: list[str] = []
    done = link = depth = 0
    for tag in _TAG.finditer(page):
        parts.append(page[done : tag.start()])
        done = tag.end()
        match tag[1]:
            case "a":
                link = len(parts)
                parts.append(tag[0])
            case "/a":
                _finish_link(parts, link)
            case "pre" if head := _CODE.match(page, done):
                parts.append(_head(head[1], is_whole) + '<pre tabindex="0">')
            case "/pre":
                parts.append(
                    "</pre></figure>" if page.endswith("</code>", 0, tag.start()) else tag[0]
                )
            case "blockquote" | "ol" | "ul":
                # A list in a list has its marks on the same side.
                parts.append(tag[0] if depth else tag[0].replace(">", ' dir="auto">'))
                depth += 1
            case "/blockquote" | "/ol" | "/ul":
                parts.append(tag[0])
                depth -= 1
            case "input":
                parts.append(_task(get_language(), "checked" in tag[2]))
            case "table":
                parts.append(_table(get_language()) + tag[0])
            case "/table":
                parts.append("</table></div>")
            case _:
                parts.append(tag[0])
    return "".join([*parts, page[done:]]).replace(IMAGE, "!")


def _head(language: str | None, is_whole: bool) -> str:
    buttons = _buttons(get_language()) if is_whole else ""
    return (
        f'<figure class="code"><figcaption><span>{language or "text"}</span>{buttons}</figcaption>'
    )


@cache
def _buttons(language: str | None) -> str:
    """In the language that is active; they are not rendered anew for every block of code."""
    return render_to_string("chat/_code_buttons.html").strip()


@cache
def _table(language: str | None) -> str:
    word = escape(_("Table"))
    return f'<div class="table" tabindex="0" role="region" aria-label="{word}">'


@cache
def _task(language: str | None, is_done: bool) -> str:
    """A box that says how it stands, and cannot be ticked."""
    word = escape(_("Task"))
    state = " checked" if is_done else ""
    return f'<input type="checkbox" aria-label="{word}" disabled{state}>'


def _finish_link(parts: list[str], link: int) -> None:
    """The link that began with the tag `parts[link]` ends here."""
    words = "".join(parts[link + 1 :])
    found = _ADDRESS.search(parts[link])
    host = _host(html.unescape(found[1])) if found else ""
    if parts[link - 1].endswith(IMAGE):
        parts[link - 1] = parts[link - 1].removesuffix(IMAGE)
        words = f"{_('Image')}: {words}" if words else _("Image")
    elif not words:
        words = escape(host) or "link"
    if host:
        place = "" if host in words else f' <span class="host">({escape(host)})</span>'
        parts[link] = parts[link].removesuffix(">") + ' target="_blank">'
        words += place
    parts[link + 1 :] = [words, "</a>"]


def _host(address: str) -> str:
    """Of a web address; "" for others, and for what is none."""
    if not address.lower().startswith(("http://", "https://")):
        return ""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
