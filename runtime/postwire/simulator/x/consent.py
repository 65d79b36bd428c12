"""The consent page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from postwire.simulator.page import Look, choices, frame
from postwire.simulator.x.settings import SCOPES

if TYPE_CHECKING:
    from postwire.simulator.x.oauth import Asking
    from postwire.simulator.x.settings import Account

LOOK = Look("X", "#0f1419", "#0f1419", "#000", "#e7e9ea", "#e7e9ea", round="2rem")


def page(asking: Asking, accounts: list[Account], action: str) -> str:
    """Ask the user, with a choice of the account; the scopes are granted together or not at all."""
    # X sheet 4: Authorize. Sheet silent on scopes granted in part: the page has no such choice.
    client = escape(asking.app.client_id)
    return frame(
        LOOK,
        "Log in with simulated X",
        f"""<h1>{client} wants to access a simulated X account</h1>
<form method="post" action="{escape(action)}">
{choices("Account", "radio", "account", map(_account, accounts))}
<h2>Things this app can do</h2>
<ul>{"".join(_scope(scope) for scope in asking.scopes)}</ul>
<p><button class="primary" type="submit" name="decision" value="allow">Authorize app</button>
<button type="submit" name="decision" value="deny">Cancel</button></p>
</form>""",
    )


def _account(account: Account) -> tuple[str, str]:
    return account.username, f"{escape(account.name)} (@{escape(account.username)})"


def _scope(scope: str) -> str:
    return f"<li>{escape(SCOPES[scope])} <small>({escape(scope)})</small></li>\n"
