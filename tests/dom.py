"""A page that takes frames as htmx's websocket extension does, so tests can see what a reader sees.

Every top-level element of a frame is swapped into the page by its `hx-swap-oob`, as in htmx 2's
`oobSwap`. Where htmx drops a fragment silently because its target is missing, this raises.
"""

import re

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
BLOCKS = {"pre", "code", "textarea"}
_WITH_ID = etree.XPath("//@id[. = $id]/..")


class Page:
    def __init__(self, html: str) -> None:
        self._root = lxml.html.document_fromstring(f"<html><body>{_parsed(html)}</body></html>")

    def apply(self, frame: str) -> None:
        """Swap in one websocket message."""
        for element in _elements(frame):
            style, _, selector = element.attrib.pop("hx-swap-oob", "true").partition(":")
            target = self._find(selector.removeprefix("#") or element.get("id", ""))
            _SWAPS[style](target, element)

    def html(self, id: str) -> str:
        """The element in one normal form: attributes sorted, white space between tags dropped."""
        return _normal(self._find(id))

    def text(self, id: str) -> str:
        return " ".join(self._find(id).text_content().split())

    def value(self, id: str) -> str:
        """Its `value` attribute."""
        return self._find(id).get("value", "")

    def _find(self, id: str) -> HtmlElement:
        found = _WITH_ID(self._root, id=id)
        assert len(found) == 1, f"{len(found)} elements have the id {id!r}"
        return found[0]


def _parsed(html: str) -> str:
    """A browser keeps control characters; lxml reads them, but writes none of them back."""
    return _CONTROL.sub("\ufffd", html)


def _elements(frame: str) -> list[HtmlElement]:
    return [
        part for part in lxml.html.fragments_fromstring(_parsed(frame)) if not isinstance(part, str)
    ]


def _outer(target: HtmlElement, element: HtmlElement) -> None:
    element.tail = target.tail
    target.getparent().replace(target, element)


def _inner(target: HtmlElement, element: HtmlElement) -> None:
    target[:] = []
    target.text = element.text
    target.extend(list(element))


def _append(target: HtmlElement, element: HtmlElement) -> None:
    text = element.text or ""
    if len(target):
        target[-1].tail = (target[-1].tail or "") + text
    else:
        target.text = (target.text or "") + text
    target.extend(list(element))


def _delete(target: HtmlElement, element: HtmlElement) -> None:
    target.drop_tree()


_SWAPS = {
    "true": _outer,
    "outerHTML": _outer,
    "innerHTML": _inner,
    "beforeend": _append,
    "delete": _delete,
}


def _normal(element: HtmlElement) -> str:
    attributes = "".join(f' {name}="{value}"' for name, value in sorted(element.attrib.items()))
    children = "".join(_normal(child) + _text(child.tail, element) for child in element)
    return f"<{element.tag}{attributes}>{_text(element.text, element)}{children}</{element.tag}>"


def _text(text: str | None, parent: HtmlElement) -> str:
    if text is None or any(tag in BLOCKS for tag in (parent.tag, *_ancestors(parent))):
        return text or ""
    return re.sub(r"\s+", " ", text) if text.strip() else ""


def _ancestors(element: HtmlElement) -> list[str]:
    return [ancestor.tag for ancestor in element.iterancestors()]
