"""The consent page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from postwire.simulator.page import Look, choices, frame

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
LOOK = Look("LinkedIn", "#1b1f23", "#0a4f96", "#1b1f23", "#f1f1f2", "#a8d0ff", round="2rem")


def page(asking: Asking, members: list[Member], action: str) -> str:
    """Ask the member, with a choice of who they are; scopes are granted as a whole."""
    # Sheet silent on switching single scopes off: the page has no boxes for them.
    name = escape(asking.app.id)
    scopes = "".join(f"<li>{_meaning(scope)}</li>\n" for scope in asking.scopes)
    return frame(
        LOOK,
        "Sign in to simulated LinkedIn",
        f"""<h1>Allow {name}?</h1>
<p>The app <strong>{name}</strong> asks for access to a simulated LinkedIn account. It would like to:</p>
<ul>{scopes}</ul>
<form method="post" action="{escape(action)}">
{choices("Account", "radio", "account", map(_account, members))}
<p><button class="primary" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Cancel</button>
<button type="submit" name="decision" value="close">Do not sign in</button></p>
</form>""",
    )


def _account(member: Member) -> tuple[str, str]:
    return member.key, f"{escape(member.name)} ({escape(member.email)})"


def _meaning(scope: str) -> str:
    return f"{escape(MEANING.get(scope, scope))} <small>({escape(scope)})</small>"
