"""The consent page: plain HTML, nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postwire.simulator.linkedin.oauth import Asking
    from postwire.simulator.linkedin.settings import Member

MEANING = {
    "openid": "Use your name and photo",
    "profile": "Use your name and photo",
    "email": "Use the primary email address of your LinkedIn account",
    "w_member_social": "Create, modify and delete posts on your behalf",
    "w_member_social_feed": "Comment and react on your behalf",
    "r_basicprofile": "Read your basic profile",
    "rw_organization_admin": "Manage your pages and read their statistics",
    "r_organization_social": "Read your pages' posts",
    "w_organization_social": "Create, modify and delete posts of your pages",
    "r_organization_social_feed": "Read comments and reactions on your pages' posts",
    "w_organization_social_feed": "Comment and react as your pages",
    "r_member_postAnalytics": "Read the figures of your posts",
    "r_member_profileAnalytics": "Read the figures of your profile",
}
STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 2rem auto; padding: 0 1rem;
       color: #1b1f23; background: #fff; }
.note { border: 2px solid #8a5a00; background: #fff6df; padding: .5rem 1rem; border-radius: .5rem; }
fieldset { border: 1px solid #767676; border-radius: .5rem; margin: 1rem 0; }
label { display: block; padding: .25rem 0; }
input { width: 1.25rem; height: 1.25rem; vertical-align: middle; margin-right: .5rem; }
button { font: inherit; padding: .6rem 1.6rem; border: 1px solid #1b1f23; cursor: pointer;
         border-radius: 2rem; background: #fff; color: #1b1f23; }
button.primary { background: #0a4f96; color: #fff; }
:focus-visible { outline: 3px solid #1a6fd4; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  body { background: #1b1f23; color: #f1f1f2; } .note { background: #3a2d0c; border-color: #e0b040; }
  button { background: #1b1f23; color: #f1f1f2; border-color: #f1f1f2; }
  button.primary { background: #a8d0ff; color: #1b1f23; } :focus-visible { outline-color: #7db8ff; }
}
"""
NOTE = (
    '<p class="note"><strong>Simulated LinkedIn.</strong> This is the Postwire simulator, not LinkedIn.</p>'
)


def page(asking: Asking, members: list[Member], action: str) -> str:
    """Ask the member, with a choice of who they are; scopes are granted as a whole."""
    # Sheet silent on switching single scopes off: the page has no boxes for them.
    name = escape(asking.app.id)
    scopes = "".join(f"<li>{_meaning(scope)}</li>\n" for scope in asking.scopes)
    return _frame(
        "Sign in to simulated LinkedIn",
        f"""<h1>Allow {name}?</h1>
<p>The app <strong>{name}</strong> asks for access to a simulated LinkedIn account. It would like to:</p>
<ul>{scopes}</ul>
<form method="post" action="{escape(action)}">
<fieldset><legend>Account</legend>{"".join(_account(m, not n) for n, m in enumerate(members))}</fieldset>
<p><button class="primary" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Cancel</button>
<button type="submit" name="decision" value="close">Do not sign in</button></p>
</form>""",
    )


def problem(message: str) -> str:
    """Say why the app cannot ask here."""
    return _frame(
        "Something went wrong", f'<h1>Something went wrong</h1><p role="alert">{escape(message)}</p>'
    )


def _account(member: Member, chosen: bool) -> str:
    mark = " checked" if chosen else ""
    name = f"{escape(member.name)} ({escape(member.email)})"
    return f'<label><input type="radio" name="account" value="{escape(member.key)}"{mark}>{name}</label>\n'


def _meaning(scope: str) -> str:
    return f"{escape(MEANING.get(scope, scope))} <small>({escape(scope)})</small>"


def _frame(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{STYLE}</style></head>
<body><main>{NOTE}
{body}</main></body></html>
"""
