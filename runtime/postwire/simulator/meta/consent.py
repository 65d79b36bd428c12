"""The consent pages of both logins: plain HTML, nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postwire.simulator.meta.oauth import Asking

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 2rem auto; padding: 0 1rem;
       color: #1c1e21; background: #fff; }
.note { border: 2px solid #8a5a00; background: #fff6df; padding: .5rem 1rem; border-radius: .5rem; }
fieldset { border: 1px solid #767676; border-radius: .5rem; margin: 1rem 0; }
label { display: block; padding: .25rem 0; }
input { width: 1.25rem; height: 1.25rem; vertical-align: middle; margin-right: .5rem; }
button { font: inherit; padding: .6rem 1.6rem; border: 1px solid #1c1e21; cursor: pointer;
         border-radius: .5rem; background: #fff; color: #1c1e21; }
button.primary { background: #1250a8; color: #fff; }
:focus-visible { outline: 3px solid #1a6fd4; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  body { background: #1c1e21; color: #f1f1f2; } .note { background: #3a2d0c; border-color: #e0b040; }
  button { background: #1c1e21; color: #f1f1f2; border-color: #f1f1f2; }
  button.primary { background: #a8cbff; color: #1c1e21; } :focus-visible { outline-color: #7db8ff; }
}
"""

Choice = tuple[str, str]  # what is sent, and what people read


def page(asking: Asking, who: list[Choice], pages: list[Choice], action: str) -> str:
    """Ask the user who they are, what the app may do and, with Facebook, for which Pages."""
    # Meta sheet 2.1: Authorize (the user chooses which Pages to share; a configuration goes as a whole)
    brand = asking.app.login.title()
    locked = " disabled" if asking.all_or_none else ""
    scopes = [(scope, scope.replace("_", " ")) for scope in asking.scopes]
    shared = _fieldset("Pages to share", "checkbox", "page", pages) if pages else ""
    return _frame(
        f"Log in with simulated {brand}",
        brand,
        f"""<h1>Allow {escape(asking.app.name)}?</h1>
<p>The app <strong>{escape(asking.app.name)}</strong> asks for access to a simulated {brand} account.</p>
<form method="post" action="{escape(action)}">
{_fieldset("Account", "radio", "account", who)}
{shared}
{_fieldset("The app may", "checkbox", "scope", scopes, locked)}
<p><button class="primary" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Cancel</button></p>
</form>""",
    )


def problem(login: str, message: str) -> str:
    """Say why the app cannot ask here."""
    body = f'<h1>Something went wrong</h1><p role="alert">{escape(message)}</p>'
    return _frame("Something went wrong", login.title(), body)


def _fieldset(title: str, kind: str, name: str, choices: list[Choice], more: str = "") -> str:
    labels = [
        f'<label><input type="{kind}" name="{name}" value="{escape(value)}"'
        f"{' checked' if kind == 'checkbox' or not n else ''}{more}>{escape(text)}</label>\n"
        for n, (value, text) in enumerate(choices)
    ]
    return f"<fieldset><legend>{title}</legend>{''.join(labels)}</fieldset>"


def _frame(title: str, brand: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{STYLE}</style></head>
<body><main><p class="note"><strong>Simulated {escape(brand)}.</strong>
This is the Postwire simulator, not {escape(brand)}.</p>
{body}</main></body></html>
"""
