"""The consent page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from postwire.simulator.page import Look, choices, frame

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
LOOK = Look("TikTok", "#161823", "#161823", "#161823", "#f1f1f2", "#f1f1f2")


def page(asking: Asking, accounts: list[Account], action: str) -> str:
    """Ask the user, with one checkbox for each scope and a choice of the account."""
    # TikTok sheet 2.1: Authorization request (users may toggle individual scopes off)
    return frame(
        LOOK,
        "Log in with simulated TikTok",
        f"""<h1>Allow {escape(asking.client.key)}?</h1>
<p>The app <strong>{escape(asking.client.key)}</strong> asks for access to a simulated TikTok account.</p>
<form method="post" action="{escape(action)}">
{choices("Account", "radio", "account", map(_account, accounts))}
{choices("The app may", "checkbox", "scope", map(_scope, asking.scopes))}
<p><button class="primary" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Deny</button></p>
</form>""",
    )


def _account(account: Account) -> tuple[str, str]:
    kind = "private account" if account.private else "public account"
    return account.username, f"{escape(account.display_name)} (@{escape(account.username)}, {kind})"


def _scope(scope: str) -> tuple[str, str]:
    return scope, f"{escape(MEANING.get(scope, scope))} <small>({escape(scope)})</small>"
