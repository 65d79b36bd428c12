"""The pages that people see: a frame in a platform's colours, plain HTML, nothing from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from starlette.responses import HTMLResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
}
STYLE: Final = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 2rem auto; padding: 0 1rem;
       color: var(--ink); background: var(--paper); }
.note { border: 2px solid #8a5a00; background: #fff6df; padding: .5rem 1rem; border-radius: .5rem; }
fieldset { border: 1px solid #767676; border-radius: .5rem; margin: 1rem 0; }
label { display: block; padding: .25rem 0; }
input { width: 1.25rem; height: 1.25rem; vertical-align: middle; margin-right: .5rem; }
button { font: inherit; padding: .6rem 1.6rem; border: 1px solid var(--ink); cursor: pointer;
         border-radius: var(--round); background: var(--paper); color: var(--ink); }
button.primary { background: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid #1a6fd4; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  .note { background: #3a2d0c; border-color: #e0b040; } :focus-visible { outline-color: #7db8ff; }
}
"""


@dataclass(frozen=True, slots=True)
class Look:
    """Whose page it is, with its colours by day (on white) and by night."""

    brand: str
    ink: str
    accent: str
    night: str
    night_ink: str
    night_accent: str
    round: str = ".5rem"  # the corners of buttons

    def colours(self) -> str:
        """The colours as properties that `STYLE` uses."""
        day = _properties(self.ink, "#fff", self.accent, "#fff")
        night = _properties(self.night_ink, self.night, self.night_accent, self.ink)
        dark = f"@media (prefers-color-scheme: dark) {{ :root {{ {night} }} }}"
        return f":root {{ {day} --round: {self.round}; }}\n{dark}"


def _properties(ink: str, paper: str, accent: str, on_accent: str) -> str:
    return f"--ink: {ink}; --paper: {paper}; --accent: {accent}; --on-accent: {on_accent};"


def frame(look: Look, title: str, body: str) -> str:
    """Put *body*, which is HTML, on a page that says first that it is a simulation."""
    brand = escape(look.brand)
    note = f"<strong>Simulated {brand}.</strong> This is the Postwire simulator, not {brand}."
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>
{look.colours()}{STYLE}</style></head>
<body><main><p class="note">{note}</p>
{body}</main></body></html>
"""


def choices(title: str, kind: str, name: str, given: Iterable[tuple[str, str]], more: str = "") -> str:
    """Offer radio buttons, the first one chosen, or checkboxes, all ticked.

    Args:
        title: what is chosen.
        kind: `radio` or `checkbox`.
        name: the form's field.
        given: what each one sends, and its label as HTML.
        more: further attributes of every one, with a space before them.
    """
    labels = [
        f'<label><input type="{kind}" name="{name}" value="{escape(value)}"'
        f"{' checked' if kind == 'checkbox' or not n else ''}{more}>{label}</label>\n"
        for n, (value, label) in enumerate(given)
    ]
    return f"<fieldset><legend>{title}</legend>{''.join(labels)}</fieldset>"


def shown(html: str, status: int = 200) -> Response:
    """Answer with a page, which may load nothing."""
    return HTMLResponse(html, status, HEADERS)


def back(url: str) -> Response:
    """Send the browser back to the app."""
    return RedirectResponse(url, 302, HEADERS)


def sorry(look: Look, message: str) -> Response:
    """Say on a page of its own, with a 400, why the app cannot ask here."""
    body = f'<h1>Something went wrong</h1><p role="alert">{escape(message)}</p>'
    return shown(frame(look, "Something went wrong", body), 400)
