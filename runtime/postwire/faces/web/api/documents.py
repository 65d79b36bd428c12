"""The OpenAPI document, whole and of each platform; anybody may read it."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

from starlette.responses import Response
from starlette.routing import Route

from postwire.errors import PostwireError
from postwire.faces.export.openapi import document
from postwire.faces.export.tools import Tools
from postwire.faces.web.problems import problem
from postwire.faces.web.receiving import to_end

if TYPE_CHECKING:
    from starlette.requests import Request

    from postwire.client import Client
    from postwire.faces.web.site import Site

_KEPT: Final = 64  # documents
_MINUTES: Final = "public, max-age=300"


async def whole(request: Request) -> Response:
    """All platforms."""
    return await _answer(request, "")


async def platform(request: Request) -> Response:
    """One platform: many builders cannot read the whole."""
    return await _answer(request, request.path_params["platform"])


async def _answer(request: Request, platform: str) -> Response:
    site: Site = request.app.state.site
    try:
        if platform:
            site.catalog.folder(platform)
        text, mark = await to_end(_written, site, platform)
    except PostwireError as error:
        return problem(error)
    headers = {"ETag": mark, "Cache-Control": _MINUTES, "Access-Control-Allow-Origin": "*"}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="application/json", headers=headers)


@lru_cache(_KEPT)
def _written(site: Site, platform: str) -> tuple[bytes, str]:
    """(the document as JSON, what changes with it)."""
    only_its_catalogue = cast("Client", site)
    tools = Tools(only_its_catalogue, [platform] if platform else [])
    made = document(tools, title=site.settings.title, server=f"{site.settings.public_url}/v1")
    text = json.dumps(made, ensure_ascii=False, default=str).encode()
    return text, f'"{hashlib.sha256(text).hexdigest()[:16]}"'


ROUTES = [
    Route("/openapi.json", whole),
    Route("/openapi/{platform}.json", platform),
]
