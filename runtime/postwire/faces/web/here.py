"""What a page's handler is given: who asks, for which workspace, and how to answer.

    @page
    async def connections(here: Here) -> Response: ...

`page` lets in who has a session, checks that what changes something carries the session's CSRF token, and
shows errors as a page.
"""

from __future__ import annotations

import functools
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote

from starlette.datastructures import ImmutableMultiDict
from starlette.responses import RedirectResponse, Response

from postwire.errors import ActionFailed, Field, InvalidInput, PostwireError, UnknownName, shown
from postwire.faces.web.problems import STATUSES
from postwire.faces.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request

    from postwire.access.sessions import Session
    from postwire.accounts.records import Workspace
    from postwire.client import AsyncClient
    from postwire.faces.web.site import Site

    Handler = Callable[["Here"], Awaitable[Response]]

Form = ImmutableMultiDict[str, str]
LARGEST_FORM: Final = 1_000_000  # bytes
COOKIE: Final = "postwire_session"
SAFE: Final = frozenset({"GET", "HEAD"})


def cookie_name(*, secure: bool) -> str:
    """The session cookie's name; the prefix keeps it from being set by another host."""
    return f"__Host-{COOKIE}" if secure else COOKIE


@dataclass(slots=True)
class Here:
    """One request of a person.

    Attributes:
        workspaces: those that the person may see.
    """

    request: Request
    site: Site
    session: Session
    workspace: str
    workspaces: Sequence[Workspace]

    @property
    def client(self) -> AsyncClient:
        """Runs the workspace's actions."""
        return self.site.client(self.workspace)

    @property
    def admin(self) -> bool:
        """Whether the person may see and change everything."""
        return self.session.person.role == "admin"

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    def href(self, path: str = "") -> str:
        """The address of a page of this workspace, such as `href("/runs")`."""
        return f"/w/{quote(self.workspace)}{path}"

    async def form(self) -> Form:
        """The form that came; files never come within one."""
        return await form_of(self.request)

    def render(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page, or a part of one."""
        return render(self, template, status, context)

    def go(self, path: str) -> Response:
        """Send the browser to another page of this workspace, after a change."""
        if self.partial:
            return Response(headers={"HX-Redirect": self.href(path)})
        return RedirectResponse(self.href(path), 303)

    def check_workspace(self, workspace: str) -> None:
        """Refuse a workspace that the person may not see.

        Raises:
            UnknownName: there is none, as far as they are told.
        """
        if workspace not in {each.id for each in self.workspaces}:
            raise UnknownName(f"There is no workspace {shown(workspace)!r} here.")

    def check_admin(self) -> None:
        """Refuse who is no admin.

        Raises:
            ActionFailed: `permission_denied`.
        """
        if not self.admin:
            raise ActionFailed(
                "permission_denied", "Only an admin may see this.", remedy="Ask an admin.", sent="no"
            )


async def form_of(request: Request) -> Form:
    """The fields of a form that came, in their order; one that came before is remembered.

    Raises:
        InvalidInput: it is too large.
    """
    if not hasattr(request.state, "form"):
        raw = bytearray()
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > LARGEST_FORM:
                raise InvalidInput([Field("", "is too large for a form")])
        pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
        request.state.form = ImmutableMultiDict(pairs)
    found: Form = request.state.form
    return found


def page(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A route of *handler*."""

    @functools.wraps(handler)
    async def route(request: Request) -> Response:
        site: Site = request.app.state.site
        session = await session_of(request, site)
        if session is None:
            return _sign_in(request)
        seen = await site.vault.run(site.seen_by, session.person)
        workspace = request.path_params.get("workspace") or (seen[0].id if seen else "")
        here = Here(request, site, session, workspace, seen)
        try:
            await _check(here)
            return await handler(here)
        except PostwireError as error:
            return here.render("error.html", STATUSES.get(error.code, 500), error=error.to_dict())

    return route


async def session_of(request: Request, site: Site) -> Session | None:
    """The session of the browser that asks."""
    cookie = request.cookies.get(cookie_name(secure=site.settings.secure))
    return None if not cookie else await site.vault.run(site.sessions.find, cookie)


def _sign_in(request: Request) -> Response:
    where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in SAFE or request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse(f"/sign-in?next={quote(where)}", 303)


async def _check(here: Here) -> None:
    """Refuse a workspace that is not theirs, and a change that our own page did not ask for.

    Raises:
        UnknownName: no such workspace, as far as this person is told.
        ActionFailed: `permission_denied`, the CSRF token is not the session's.
    """
    if not here.workspaces:
        raise UnknownName("You may see no workspace here.", remedy="Ask an admin.")
    here.check_workspace(here.workspace)
    if here.request.method in SAFE:
        return
    given = here.request.headers.get("x-csrf-token") or ""
    if not given and "form" in here.request.headers.get("content-type", ""):
        given = (await here.form()).get("csrf", "")
    if not hmac.compare_digest(given.encode(), here.session.csrf.encode()):
        raise ActionFailed(
            "permission_denied",
            "The page was too old to be trusted; nothing was changed.",
            remedy="Load the page again.",
            sent="no",
        )
