"""The application: every page and operation, behind the door."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from postwire.faces.notices import NoticesApp
from postwire.faces.web import brands
from postwire.faces.web.api import routes
from postwire.faces.web.door import Door
from postwire.faces.web.here import page
from postwire.faces.web.pages import (
    account,
    avatars,
    compose,
    connecting,
    connections,
    developers,
    hosting,
    keeping,
    publish,
    runs,
    schedules,
    signing,
    talking,
    uploads,
    webhooks,
)
from postwire.faces.web.templating import FOLDER
from postwire.publish.noticed import Notices

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.responses import Response
    from starlette.types import ASGIApp

    from postwire.faces.web.here import Here
    from postwire.faces.web.site import Site


def application(site: Site) -> ASGIApp:
    """The ASGI application of a server."""
    heard = Mount("/webhooks", NoticesApp(Notices(site.vault, site.catalog)))
    made = Starlette(routes=[*_routes(), heard], lifespan=_lifespan)
    made.state.site = site
    return Door(made, site.settings)


def _routes() -> list[Route | Mount]:
    return [
        Route("/", home),
        Route("/w/{workspace}", home),
        *signing.ROUTES,
        *connections.ROUTES,
        *connecting.ROUTES,
        *account.ROUTES,
        *talking.ROUTES,
        *keeping.ROUTES,
        *avatars.ROUTES,
        *brands.ROUTES,
        *publish.ROUTES,
        *compose.ROUTES,
        *uploads.ROUTES,
        *hosting.ROUTES,
        *runs.ROUTES,
        *schedules.ROUTES,
        *developers.ROUTES,
        *webhooks.ROUTES,
        *routes.ROUTES,
        # Only what holds no secret is compressed: else its length could tell one (BREACH).
        Mount("/static", GZipMiddleware(Kept(directory=FOLDER / "static"))),
    ]


class Kept(StaticFiles):
    """Files that browsers keep for good: their addresses change with their content."""

    def file_response(self, *args: Any, **more: Any) -> Response:
        """As Starlette's."""
        answer = super().file_response(*args, **more)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


@asynccontextmanager
async def _lifespan(made: Starlette) -> AsyncIterator[None]:
    yield
    await made.state.site.aclose()


@page
async def home(here: Here) -> Response:
    """The first page that people want."""
    return RedirectResponse(here.href("/connections"), 303)
