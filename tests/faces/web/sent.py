"""What a browser sends of a form: read from its HTML, so that templates and readers are judged together."""

from __future__ import annotations

from html.parser import HTMLParser

Pairs = list[tuple[str, str]]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pairs: Pairs = []
        self._blank = 0  # templates: nothing in them is sent
        self._area: tuple[str, list[str]] | None = None
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "template":
            self._blank += 1
        if self._blank or "disabled" in given:
            return
        if tag == "input" and name and given.get("type") not in {"file", "submit"}:
            if given.get("type") in {"checkbox", "radio"} and "checked" not in given:
                return
            self.pairs.append((name, given.get("value") or ""))
        elif tag == "textarea" and name:
            self._area = (name, [])
        elif tag == "select" and name:
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((given.get("value") or "", "selected" in given))

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._blank -= 1
        elif tag == "textarea" and self._area:
            name, text = self._area
            whole = "".join(text).removeprefix("\n")  # the first line break in a textarea is none of its text
            self.pairs.append((name, whole.replace("\n", "\r\n")))
            self._area = None
        elif tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self.pairs.append((self._select, chosen[-1]))
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[1].append(data)


def sent(html: str) -> Pairs:
    """The pairs that the controls in *html* send when nobody touches them."""
    reader = _Reader()
    reader.feed(html)
    return reader.pairs
