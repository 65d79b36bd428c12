"""The consent page: plain HTML, nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from postwire.simulator.x.settings import SCOPES

if TYPE_CHECKING:
    from postwire.simulator.x.oauth import Asking
    from postwire.simulator.x.settings import Account

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem;
       color: #0f1419; background: #fff; }
.note { border: 2px solid #8a5a00; background: #fff6df; padding: .5rem 1rem; border-radius: .5rem; }
fieldset { border: 1px solid #767676; border-radius: .5rem; margin: 1rem 0; }
label { display: block; padding: .25rem 0; }
input { width: 1.25rem; height: 1.25rem; vertical-align: middle; margin-right: .5rem; }
button { font: inherit; padding: .6rem 1.6rem; border: 1px solid #0f1419; cursor: pointer;
         border-radius: 2rem; background: #fff; color: #0f1419; }
button.primary { background: #0f1419; color: #fff; }
:focus-visible { outline: 3px solid #1a6fd4; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  body { background: #000; color: #e7e9ea; } .note { background: #3a2d0c; border-color: #e0b040; }
  button { background: #000; color: #e7e9ea; border-color: #e7e9ea; }
  button.primary { background: #e7e9ea; color: #0f1419; } :focus-visible { outline-color: #7db8ff; }
}
"""
NOTE = '<p class="note"><strong>Simulated X.</strong> This is the Postwire simulator, not X.</p>'


def page(asking: Asking, accounts: list[Account], action: str) -> str:
    """Ask the user, with a choice of the account; the scopes are granted together or not at all."""
    # X sheet 4: Authorize. Sheet silent on scopes granted in part: the page has no such choice.
    client = escape(asking.app.client_id)
    return _frame(
        "Log in with simulated X",
        f"""<h1>{client} wants to access a simulated X account</h1>
<form method="post" action="{escape(action)}">
<fieldset><legend>Account</legend>{"".join(_account(a, not n) for n, a in enumerate(accounts))}</fieldset>
<h2>Things this app can do</h2>
<ul>{"".join(_scope(scope) for scope in asking.scopes)}</ul>
<p><button class="primary" type="submit" name="decision" value="allow">Authorize app</button>
<button type="submit" name="decision" value="deny">Cancel</button></p>
</form>""",
    )


def problem(message: str) -> str:
    """Say why the app cannot ask here."""
    return _frame(
        "Something went wrong", f'<h1>Something went wrong</h1><p role="alert">{escape(message)}</p>'
    )


def _account(account: Account, chosen: bool) -> str:
    mark = " checked" if chosen else ""
    name = f"{escape(account.name)} (@{escape(account.username)})"
    return (
        f'<label><input type="radio" name="account" value="{escape(account.username)}"{mark}>{name}</label>\n'
    )


def _scope(scope: str) -> str:
    return f"<li>{escape(SCOPES[scope])} <small>({escape(scope)})</small></li>\n"


def _frame(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{STYLE}</style></head>
<body><main>{NOTE}
{body}</main></body></html>
"""
