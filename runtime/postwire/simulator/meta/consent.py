"""The consent pages of both logins."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from postwire.simulator.page import Look, choices, frame

if TYPE_CHECKING:
    from postwire.simulator.meta.oauth import Asking

Choice = tuple[str, str]  # what is sent, and what people read


def page(asking: Asking, who: list[Choice], pages: list[Choice], action: str) -> str:
    """Ask the user who they are, what the app may do and, with Facebook, for which Pages."""
    # Meta sheet 2.1: Authorize (the user chooses which Pages to share; a configuration goes as a whole)
    brand = asking.app.login.title()
    locked = " disabled" if asking.all_or_none else ""
    scopes = [(scope, scope.replace("_", " ")) for scope in asking.scopes]
    shared = choices("Pages to share", "checkbox", "page", _shown(pages)) if pages else ""
    return frame(
        look(asking.app.login),
        f"Log in with simulated {brand}",
        f"""<h1>Allow {escape(asking.app.name)}?</h1>
<p>The app <strong>{escape(asking.app.name)}</strong> asks for access to a simulated {brand} account.</p>
<form method="post" action="{escape(action)}">
{choices("Account", "radio", "account", _shown(who))}
{shared}
{choices("The app may", "checkbox", "scope", _shown(scopes), locked)}
<p><button class="primary" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Cancel</button></p>
</form>""",
    )


def look(login: str) -> Look:
    """Give the colours of both, and the brand that asks."""
    return Look(login.title(), "#1c1e21", "#1250a8", "#1c1e21", "#f1f1f2", "#a8cbff")


def _shown(given: list[Choice]) -> list[Choice]:
    return [(value, escape(text)) for value, text in given]
