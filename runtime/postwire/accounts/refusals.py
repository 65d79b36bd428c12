"""Why a connection can fail, by the codes that people are shown, each with its cause and remedy.

The codes are those of the connection error reference in the product's user guide. Which code a platform's own
trouble gets at a stage of connecting is data: `auth.codes` of its integration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import CATALOGUE, ActionFailed

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Refusal:
    """One code: what caused it, what to do, and the code of the common catalogue."""

    cause: str
    remedy: str
    code: str = "permission_denied"


_AGAIN: Final = "Start the connection again"
_SUPPORT: Final = "If it persists, contact the operator."
_COOKIES: Final = "If it persists, clear your browser's cookies for the platform and retry."
_NO_CODE = Refusal(
    "No authorization code was received from the platform.",
    f"{_AGAIN}, and complete the whole flow without closing the browser.",
)
_STATE = Refusal(
    "The platform's answer could not be verified, often because the flow was opened in several tabs.",
    "Close extra tabs and connect from a single browser tab.",
)
_EXPIRED = Refusal(
    "Connecting took too long, or the browser session was interrupted.",
    f"{_AGAIN}, and complete it within a few minutes.",
)
_SERVER = Refusal(
    "Postwire is not set up rightly for this platform.",
    f"Wait a few minutes and try again. {_SUPPORT}",
    "internal",
)
_EXCHANGE = Refusal(
    "The platform did not exchange the code for an access token.", f"Try again. {_COOKIES}", "transient"
)
_NO_TOKEN = Refusal(
    "The platform returned no access token after the authorization.",
    "Connect again, and allow access on the platform's page.",
    "internal",
)
_UNREADABLE = Refusal(
    "The platform's answer to the token exchange could not be read.",
    f"Connect again. {_COOKIES}",
    "transient",
)
_DECLINED = Refusal(
    "You cancelled the authorization, or the platform rejected it.",
    "Connect again and complete the whole authorization.",
)
_NOT_SAVED = Refusal(
    "The platform agreed, but the credential could not be saved.", f"Connect again. {_SUPPORT}", "internal"
)
REFUSALS: Final[dict[str, Refusal]] = {
    "no_code": _NO_CODE,
    "missing_code": _NO_CODE,
    "missing_state": _STATE,
    "invalid_state": _STATE,
    "invalid_state_data": Refusal(
        "What was remembered of this attempt to connect does not open any more.",
        f"{_AGAIN} from the beginning.",
    ),
    "session_expired": _EXPIRED,
    "state_expired": _EXPIRED,
    "server_config": _SERVER,
    "server_misconfigured": _SERVER,
    "missing_params": Refusal(
        "Parameters of the authorization were incomplete.", f"Connect again. {_SUPPORT}"
    ),
    "missing_credentials": Refusal(
        "The keys of the app on this platform are not set.",
        "The operator enters the app's keys from the platform's developer portal.",
    ),
    "token_exchange_failed": _EXCHANGE,
    "access_denied": _DECLINED,
    "missing_permission": Refusal(
        "One or more permissions were declined.",
        "Remove the app in the platform's settings, connect again and approve all requested permissions.",
        "scope_missing",
    ),
    "no_pages_found": Refusal(
        "The account manages no Pages, or none was selected.",
        "Create a Page first, or select one on the platform's page, then connect again.",
        "account_not_eligible",
    ),
    "missing_pages_manage_posts": Refusal(
        "The permission to publish was not granted.",
        "Remove the app in Facebook Settings > Business Integrations, connect again and approve all.",
        "scope_missing",
    ),
    "IG_DIRECT_NOT_PUBLISHABLE": Refusal(
        "This Instagram account was connected in a way that cannot publish.",
        "Reconnect it; the current login grants permission to publish.",
        "account_not_eligible",
    ),
    "x_token_error": Refusal(
        "The token exchange with X failed.",
        "Check that you completed the authorization. If it persists, clear your cookies for X and retry.",
        "transient",
    ),
    "no_access_token": _NO_TOKEN,
    "token_parse_failed": _UNREADABLE,
    "invalid_client": Refusal(
        "The platform could not verify the app's keys.",
        f"Usually temporary: wait a few minutes and try again. {_SUPPORT}",
    ),
    "invalid_token_response": _UNREADABLE,
    "missing_token_fields": _NO_TOKEN,
    "token_creation_failed": _NOT_SAVED,
    "social_account_creation_failed": Refusal(
        "The account was authorized but could not be added to your workspace.",
        f"Connect again. {_SUPPORT}",
        "internal",
    ),
    "user_cancelled_login": Refusal(
        "The login page was closed before signing in was complete.",
        "Connect again and complete the whole sign-in.",
    ),
    "user_cancelled_authorize": Refusal(
        "The permissions were declined on the authorization page.", "Connect again and press Allow."
    ),
    "linkedin_token_error": Refusal(
        "The token exchange with LinkedIn failed.", f"Try again. {_COOKIES}", "transient"
    ),
    "linkedin_profile_error": Refusal(
        "The LinkedIn profile could not be read after the authorization.",
        "Usually temporary: wait a few minutes and try again.",
        "transient",
    ),
    "profile_error": Refusal(
        "The platform's profile could not be read after the authorization.",
        "Usually temporary: wait a few minutes and try again.",
        "transient",
    ),
    "invalid_profile": Refusal(
        "The profile lacked the fields that are needed.", f"Connect again. {_SUPPORT}", "internal"
    ),
    "invalid_grant": Refusal(
        "The platform does not accept the code; it was used before, or is too old.",
        f"{_AGAIN}, in one go.",
        "auth_expired",
    ),
}
# What happens at each stage of connecting, where an integration names no code of its own.
STAGES: Final[dict[str, str]] = {
    "setup": "server_config",  # the integration declares no way to connect
    "keys": "missing_credentials",
    "empty": "missing_params",  # a callback that says nothing at all
    "no_state": "missing_state",
    "state": "invalid_state",
    "corrupted": "invalid_state_data",
    "expired": "state_expired",
    "nobody": "session_expired",  # no callback came
    "declined": "access_denied",
    "code": "no_code",
    "pasted": "missing_code",  # an address that a person pasted holds no code
    "client": "invalid_client",  # the exchange: the platform does not know the app
    "redirect": "server_misconfigured",  # the exchange: wrongly asked, usually for the redirect address
    "grant": "invalid_grant",  # the exchange: the code is used or too old
    "exchange": "token_exchange_failed",  # the exchange: any other trouble
    "unreadable": "token_parse_failed",
    "no_token": "no_access_token",
    "profile": "profile_error",
    "no_profile": "invalid_profile",
    "permission": "missing_permission",
    "children": "no_pages_found",
    "saving": "token_creation_failed",
    "adding": "social_account_creation_failed",
}
# At the exchange our code of the platform's refusal tells the stage.
EXCHANGE: Final[dict[str, str]] = {
    "permission_denied": "client",
    "invalid_input": "redirect",
    "auth_expired": "grant",
    "scope_missing": "permission",
}


class ConnectFailed(ActionFailed):
    """An account was not connected; `refusal` is the code that people are shown."""

    def __init__(self, refusal: str, detail: str = "", **known: Any) -> None:
        entry = REFUSALS[refusal]
        message = f"{entry.cause} {detail}".strip()
        super().__init__(entry.code, message, **{"remedy": entry.remedy, "sent": "no", **known})
        self.refusal = refusal

    def to_dict(self) -> dict[str, Any]:
        """As the base, with the code of the connection error reference."""
        return {**super().to_dict(), "refusal": self.refusal}


def at(
    stage: str,
    codes: Mapping[str, str],
    error: ActionFailed | None = None,
    *,
    own: str = "",
    detail: str = "",
) -> ConnectFailed:
    """The failure of a *stage*.

    Args:
        stage: one of STAGES, or one of the integration's scopes without which nothing is connected.
        codes: the integration's own, by stage.
        error: what the platform said; it is kept.
        own: the platform's code, where it is one that people are shown.
        detail: a sentence more.
    """
    refusal = own if own in REFUSALS else codes.get(stage) or STAGES[stage]
    if error is None:
        return ConnectFailed(refusal, detail)
    made = ConnectFailed(
        refusal,
        error.message,
        remedy=_remedies(REFUSALS[refusal].remedy, error),
        sent=error.sent,
        retry_after=error.retry_after,
        provider=error.provider,
        step=error.step,
    )
    made.code = error.code if error.code != "internal" else made.code
    return made


def _remedies(usual: str, error: ActionFailed) -> str:
    """What the integration advises comes with the usual advice, unless it is only the catalogue's."""
    special = error.remedy != CATALOGUE[error.code].remedy
    return f"{usual} {error.remedy}" if special else usual
