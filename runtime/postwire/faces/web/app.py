"""The application: every page and operation, behind the door."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from postwire.faces.web.door import Door
from postwire.faces.web.here import page
from postwire.faces.web.pages import signing
from postwire.faces.web.templating import FOLDER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.responses import Response
    from starlette.types import ASGIApp

    from postwire.faces.web.here import Here
    from postwire.faces.web.site import Site


def application(site: Site) -> ASGIApp:
    """The ASGI application of a server."""
    made = Starlette(routes=[*_routes()], lifespan=_lifespan)
    made.state.site = site
    return Door(made, site.settings)


def _routes() -> list[Route | Mount]:
    return [
        Route("/", home),
        Route("/w/{workspace}", home),
        *signing.ROUTES,
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]


@asynccontextmanager
async def _lifespan(made: Starlette) -> AsyncIterator[None]:
    yield
    await made.state.site.aclose()


@page
async def home(here: Here) -> Response:
    """The first page that people want."""
    return RedirectResponse(here.href("/connections"), 303)
