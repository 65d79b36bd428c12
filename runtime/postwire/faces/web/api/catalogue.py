"""What there is: platforms and actions, described and searched; a key sees what it may run."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse
from starlette.routing import Route

from postwire.errors import Field, InvalidInput
from postwire.faces.web.api.actions import described
from postwire.faces.web.api.calling import chosen, limit, operation
from postwire.faces.web.receiving import to_end
from postwire.language.search import Index

if TYPE_CHECKING:
    from starlette.responses import Response

    from postwire.faces.web.api.calling import Caller
    from postwire.language.catalog import Catalog, Summary

EFFECTS: Final = ("read", "create", "update", "delete")
_KEPT: Final = 4  # catalogues; a server has one


@lru_cache(_KEPT)
def index(catalog: Catalog) -> Index:
    """The actions of a catalogue, ready to be searched."""
    return Index(catalog)


@operation
async def actions(caller: Caller) -> Response:
    """The actions, or those of a platform, or with an effect."""
    query = caller.query("platform", "effect")
    effect = chosen(query, "effect", EFFECTS)
    if platform := query.get("platform"):
        caller.site.catalog.folder(platform)
    found = [
        _short(each)
        for each in (await _known(caller)).actions
        if platform in (None, "", each.id.partition(".")[0])
        and effect in (None, each.effect)
        and caller.key.may_run(each.id)
    ]
    return JSONResponse({"actions": found})


@operation
async def describe(caller: Caller) -> Response:
    """All of an action."""
    action = caller.path("action")
    caller.query()
    caller.check(action)
    described(caller, action)
    return JSONResponse(await to_end(caller.client.describe, action))


@operation
async def search(caller: Caller) -> Response:
    """Actions by what people call them, the best first."""
    query = caller.query("q", "limit")
    if not query.get("q", "").strip():
        raise InvalidInput([Field("?q", "is needed: a few words")])
    hits = (await _known(caller)).search(
        query["q"][:1000], limit(query), fits=lambda each: caller.key.may_run(each.id)
    )
    return JSONResponse({"actions": [{**_short(hit.action), "score": hit.score} for hit in hits]})


@operation
async def platforms(caller: Caller) -> Response:
    """The platforms."""
    caller.query()
    return JSONResponse({"platforms": await to_end(_platforms, caller)})


def _platforms(caller: Caller) -> list[dict[str, Any]]:
    found = []
    for name in caller.site.catalog.folders:
        about = caller.site.catalog.integration(name)
        mine = [each for each in caller.site.catalog.actions(name) if caller.key.may_run(each.id)]
        flavours = ["", *about.flavours] if about.auth else list(about.flavours)
        told = {"id": name, "name": about.name, "description": about.description}
        found.append({**told, "logins": flavours, "actions": len(mine)})
    return found


async def _known(caller: Caller) -> Index:
    return await to_end(index, caller.site.catalog)


def _short(each: Summary) -> dict[str, Any]:
    return {
        "id": each.id,
        "title": each.title,
        "description": each.description,
        "effect": each.effect,
        "scopes": list(each.scopes),
    }


ROUTES = [
    Route("/actions", actions),
    Route("/actions/{action}", describe),
    Route("/search", search),
    Route("/platforms", platforms),
]
