"""Coming in and leaving: the machine's own link, or a name and a password."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from postwire.faces.web.here import cookie_name, form_of, page, session_of
from postwire.faces.web.templating import plain
from postwire.secret import Secret

if TYPE_CHECKING:
    from starlette.requests import Request

    from postwire.faces.web.here import Here
    from postwire.faces.web.site import Site

TRIES: Final = 5  # wrong passwords for a name, or from an address, ...
WINDOW: Final = 300.0  # ... in so many seconds
_SESSION: Final = 30 * 86_400  # seconds


class Patience:
    """How many wrong passwords came lately, by name and by address."""

    def __init__(self) -> None:
        self._wrong: dict[str, list[float]] = {}

    def waits(self, *who: str) -> float:
        """Seconds until the next try is taken; 0 for now."""
        now = time.monotonic()
        full = [self._lately(each, now) for each in who]
        return max((lately[-TRIES] + WINDOW - now for lately in full if len(lately) >= TRIES), default=0.0)

    def wrong(self, *who: str) -> None:
        """Note a wrong password."""
        now = time.monotonic()
        for each in who:
            self._wrong[each] = [*self._lately(each, now), now]

    def _lately(self, who: str, now: float) -> list[float]:
        found = [moment for moment in self._wrong.pop(who, []) if moment > now - WINDOW]
        if found:
            self._wrong[who] = found
        return found


_patience = Patience()


async def enter(request: Request) -> Response:
    """`/enter?key=…`: the link that the server printed; it opens one session, once."""
    site: Site = request.app.state.site
    cookie = await site.vault.run(site.sessions.redeem, request.query_params.get("key", ""))
    if cookie is None:
        return plain("enter.html", 403, sign_in=site.settings.sign_in)
    return _let_in(site, cookie, "/")


async def sign_in(request: Request) -> Response:
    """The form, or what was entered in it."""
    site: Site = request.app.state.site
    following = _inside(request.query_params.get("next", "/"))
    if await session_of(request, site) is not None:
        return RedirectResponse(following, 303)
    if not site.settings.sign_in:
        return plain("enter.html", 401, sign_in=False)
    if request.method == "GET":
        return plain("sign_in.html", following=following, name="", error="")
    return await _signed_in(request, site, following)


async def _signed_in(request: Request, site: Site, following: str) -> Response:
    form = await form_of(request)
    name, password = form.get("name", ""), Secret(form.get("password", ""))
    who = (f"name {name}", f"address {request.client.host if request.client else ''}")
    asked: dict[str, Any] = {"following": following, "name": name}
    if (seconds := _patience.waits(*who)) > 0:
        error = f"Too many wrong passwords. Try again in {max(1, seconds // 60):.0f} minutes."
        return plain("sign_in.html", 429, {"Retry-After": f"{seconds:.0f}"}, error=error, **asked)
    person = await asyncio.to_thread(site.people.find, name, password)
    if person is None:
        _patience.wrong(*who)
        return plain("sign_in.html", 401, error="No one has this name and password.", **asked)
    return _let_in(site, await site.vault.run(site.sessions.open, person), following)


def _let_in(site: Site, cookie: Secret, following: str) -> Response:
    answer = RedirectResponse(following, 303)
    secure = site.settings.secure
    # Lax: a platform's consent page must bring it back.
    answer.set_cookie(
        cookie_name(secure=secure), cookie.reveal(), _SESSION, httponly=True, samesite="lax", secure=secure
    )
    return answer


@page
async def sign_out(here: Here) -> Response:
    """End this browser's session."""
    await here.site.vault.run(here.site.sessions.close, here.session)
    answer: Response = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(cookie_name(secure=here.site.settings.secure), secure=here.site.settings.secure)
    return answer


def _inside(path: str) -> str:
    """*path* if it leads nowhere else."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


ROUTES = [
    Route("/enter", enter),
    Route("/sign-in", sign_in, methods=["GET", "POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
]
