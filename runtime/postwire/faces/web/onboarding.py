"""People whom an application sends here to connect accounts, and where they go on afterwards.

The application leads to `/w/WORKSPACE/connections?continue=ADDRESS`. A cookie keeps the address, as
connecting leaves this site and comes back. It is checked whenever it is read, so it may only lead to the
applications that the settings name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from starlette.responses import Response

    from postwire.faces.web.here import Here
    from postwire.faces.web.settings import Settings

QUERY: Final = "continue"
COOKIE: Final = "postwire_onboarding"
SECONDS: Final = 86_400  # a person may look for their password first
_LONGEST: Final = 2_000  # characters of an address


def wanted(here: Here) -> str:
    """Where this person goes on; "" where nobody sent them, or none of our applications."""
    kept = unquote(here.request.cookies.get(COOKIE, ""))
    told = (here.request.query_params.get(QUERY, ""), kept)
    return next((each for each in told if leads(here.site.settings, each)), "")


def leads(settings: Settings, address: str) -> bool:
    """Whether *address* is a page of one of the applications."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    plain = address.isascii() and address.isprintable() and not set(address) & set(' \\"<>')
    return (
        plain and len(address) <= _LONGEST and f"{parts.scheme}://{parts.netloc.lower()}" in settings.app_urls
    )


def keep(here: Here, answer: Response, address: str) -> None:
    """Let the browser bring *address* back."""
    secure = here.site.settings.secure
    path = here.href("/")
    # Lax: a platform's consent page leads back here.
    answer.set_cookie(
        COOKIE, quote(address, safe=""), SECONDS, path=path, httponly=True, samesite="lax", secure=secure
    )


def forget(here: Here, answer: Response) -> None:
    """The person has gone on."""
    answer.delete_cookie(COOKIE, path=here.href("/"))
