"""The consent page: plain HTML, nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postwire.simulator.tiktok.oauth import Asking
    from postwire.simulator.tiktok.settings import Account

MEANING = {
    "user.info.basic": "Read your profile (name and picture)",
    "user.info.profile": "Read your profile page (username, bio, links)",
    "user.info.stats": "Read your counts of followers, likes and videos",
    "video.list": "Read your public videos",
    "video.publish": "Post content to your profile",
    "video.upload": "Put drafts into your inbox",
}
STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem;
       color: #161823; background: #fff; }
.note { border: 2px solid #8a5a00; background: #fff6df; padding: .5rem 1rem; border-radius: .5rem; }
fieldset { border: 1px solid #767676; border-radius: .5rem; margin: 1rem 0; }
label { display: block; padding: .25rem 0; }
input { width: 1.25rem; height: 1.25rem; vertical-align: middle; margin-right: .5rem; }
button { font: inherit; padding: .6rem 1.6rem; border: 1px solid #161823; cursor: pointer;
         border-radius: .5rem; background: #fff; color: #161823; }
button.primary { background: #161823; color: #fff; }
:focus-visible { outline: 3px solid #1a6fd4; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  body { background: #161823; color: #f1f1f2; } .note { background: #3a2d0c; border-color: #e0b040; }
  button { background: #161823; color: #f1f1f2; border-color: #f1f1f2; }
  button.primary { background: #f1f1f2; color: #161823; } :focus-visible { outline-color: #7db8ff; }
}
"""
NOTE = '<p class="note"><strong>Simulated TikTok.</strong> This is the Postwire simulator, not TikTok.</p>'


def page(asking: Asking, accounts: list[Account], action: str) -> str:
    """Ask the user, with one checkbox for each scope and a choice of the account."""
    # TikTok sheet 2.1: Authorization request (users may toggle individual scopes off)
    return _frame(
        "Log in with simulated TikTok",
        f"""<h1>Allow {escape(asking.client.key)}?</h1>
<p>The app <strong>{escape(asking.client.key)}</strong> asks for access to a simulated TikTok account.</p>
<form method="post" action="{escape(action)}">
<fieldset><legend>Account</legend>{"".join(_account(a, not n) for n, a in enumerate(accounts))}</fieldset>
<fieldset><legend>The app may</legend>{"".join(_scope(scope) for scope in asking.scopes)}</fieldset>
<p><button class="primary" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Deny</button></p>
</form>""",
    )


def problem(message: str) -> str:
    """Say why the app cannot ask here."""
    return _frame(
        "Something went wrong", f'<h1>Something went wrong</h1><p role="alert">{escape(message)}</p>'
    )


def _account(account: Account, chosen: bool) -> str:
    kind = "private account" if account.private else "public account"
    mark = " checked" if chosen else ""
    name = f"{escape(account.display_name)} (@{escape(account.username)}, {kind})"
    return (
        f'<label><input type="radio" name="account" value="{escape(account.username)}"{mark}>{name}</label>\n'
    )


def _scope(scope: str) -> str:
    text = f"{escape(MEANING.get(scope, scope))} <small>({escape(scope)})</small>"
    return f'<label><input type="checkbox" name="scope" value="{escape(scope)}" checked>{text}</label>\n'


def _frame(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{STYLE}</style></head>
<body><main>{NOTE}
{body}</main></body></html>
"""
