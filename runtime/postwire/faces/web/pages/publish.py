"""Every action as a form: found in the catalogue, filled in, run at once or handed to the workers."""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from postwire.errors import ActionFailed, InvalidInput, PostwireError
from postwire.faces.web.here import page
from postwire.faces.web.pages import asked as asking
from postwire.faces.web.pages.filled import read
from postwire.faces.web.pages.fits import makers
from postwire.faces.web.pages.options import offers
from postwire.faces.web.pages.results import parts
from postwire.faces.web.problems import STATUSES
from postwire.language.lengths import UNITS, length
from postwire.language.search import Index

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from postwire.faces.web.here import Form, Here
    from postwire.faces.web.pages.asked import Asked
    from postwire.language.catalog import Catalog, Summary

MOST: Final = 20  # actions that a search shows
_UNFIT: Final = 422
_EFFECTS: Final = {"read": "Look up", "create": "Publish", "update": "Change", "delete": "Delete"}


@lru_cache(4)
def _index(catalog: Catalog) -> Index:
    return Index(catalog)


@page
async def catalogue(here: Here) -> Response:
    """Everything that can be done, by platform; with `q` what fits these words."""
    query = here.request.query_params.get("q", "").strip()[:200]
    connected = {each.integration for each in await asking.accounts(here)}
    index = _index(here.site.catalog)
    found = [hit.action for hit in index.search(query, MOST)] if query else []
    names = {name: here.site.brands.name(name) for name in here.site.catalog.folders}
    groups = [(name, title, _of(index.actions, name)) for name, title in names.items()]
    groups.sort(key=lambda group: group[0] not in connected)
    context: dict[str, Any] = {
        "q": query,
        "found": found,
        "groups": groups,
        "connected": connected,
        "most": MOST,
    }
    if here.partial:
        return here.render("publish/found.html", **context)
    quick = [(name, names[name], makers(here.site.catalog, name)) for name in names]
    return here.render("publish/catalogue.html", quick=[each for each in quick if each[2]], **context)


def _of(actions: list[Summary], name: str) -> list[Summary]:
    return [each for each in actions if each.id.startswith(f"{name}.")]


@page
async def fill(here: Here) -> Response:
    """The form of an action; values may stand in the address, by their JSON pointers."""
    query = here.request.query_params
    asked = await _asked(here, query.get(asking.ACCOUNT, ""))
    values = read(asked.schema, query.multi_items()).values
    return await _drawn(here, asked, values, {}, as_json="as" in query and query["as"] == "json")


@page
async def send(here: Here) -> Response:
    """What was filled in: run it, or write it down for the workers."""
    sent = await here.form()
    asked = await _asked(here, sent.get(asking.ACCOUNT, ""))
    entered = asking.entered(asked, sent)
    try:
        asking.check(asked, entered)
        at = asking.moment_of(sent)
        if asked.action.effect == "read":
            return await _looked_up(here, asked, entered.values, sent)
        values = await asyncio.to_thread(
            asking.ready, here, asked.id, asked.schema, entered.values, asked.who
        )
        run = await here.client.submit(
            asked.id, values, account=asked.who, key=sent.get("key") or asking.new_key(), at=at
        )
    except InvalidInput as error:
        errors = asking.told([*entered.mistakes, *error.fields])
        return await _drawn(here, asked, entered.values, errors, sent, status=_UNFIT)
    except PostwireError as error:
        return await _failed(here, asked, entered.values, sent, error)
    return here.go(f"/runs/{run.id}")


async def _looked_up(here: Here, asked: Asked, values: dict[str, Any], sent: Form) -> Response:
    result = await here.client.run(asked.id, values, account=asked.who)
    output = result.output
    cursor = output.get("cursor") if isinstance(output, dict) and output.get("has_more", True) else None
    following = str(cursor) if cursor and "cursor" in asked.schema.get("properties", {}) else ""
    shown = {
        "parts": parts(output),
        "json": json.dumps(output, indent=2, ensure_ascii=False, default=str),
        "warnings": result.warnings,
        "following": following,
    }
    return await _drawn(here, asked, values, {}, sent, result=shown)


async def _failed(
    here: Here, asked: Asked, values: dict[str, Any], sent: Form, error: PostwireError
) -> Response:
    """The form again with what was wrong; one that was sent before gets a key of its own now."""
    again = error.code == "conflict" and asked.action.effect != "read"
    more: dict[str, Any] = {"status": STATUSES.get(error.code, 500), "failed": error.to_dict()}
    if again:
        more |= {"fresh": True, "earlier": await here.site.vault.run(_earlier, here, sent.get("key", ""))}
    return await _drawn(here, asked, values, {}, sent, **more)


def _earlier(here: Here, key: str) -> str | None:
    try:
        return here.site.journal.get(here.workspace, key).id
    except PostwireError:
        return None


async def _asked(here: Here, account: str) -> Asked:
    return await asking.ask(here, here.request.path_params["action"], account)


async def _drawn(
    here: Here,
    asked: Asked,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    sent: Mapping[str, str] | None = None,
    *,
    status: int = 200,
    as_json: bool = False,
    fresh: bool = False,
    **more: Any,
) -> Response:
    entered = sent or {}
    found = await offers(here, asked.id, asked.schema, asked.who) if sent and asked.who else {}
    drawing = await asking.drawing(here, asked, values, asking.inside(errors), found)
    context = {
        **drawing,
        "asked": asked,
        "errors": errors,
        "summary": asking.summary(drawing["form"], errors),
        "key": asking.new_key() if fresh else entered.get("key") or asking.new_key(),
        "at": entered.get("at", ""),
        "when": entered.get("when", "now"),
        "as_json": as_json or "json" in entered,
        "raw": entered.get("json") or json.dumps(values, indent=2, ensure_ascii=False),
        "verb": _EFFECTS[asked.action.effect],
        "result": None,
        "failed": None,
        "earlier": None,
        "waits": any(each.asks == "load" for each in drawing["form"].walk()),
        **more,
    }
    context["zone"] = entered.get("zone") or context["zone"]
    return here.render("publish/action.html", status, **context)


@page
async def choices(here: Here) -> Response:
    """The fields whose choices the account knows, filled with them; what was entered stays."""
    sent = await here.form()
    asked = await _asked(here, sent.get(asking.ACCOUNT, ""))
    if asked.account is None:
        return here.render("publish/nothing.html")
    found = await offers(here, asked.id, asked.schema, asked.account.id)
    values = asking.entered(asked, sent).values
    drawing = await asking.drawing(here, asked, values, {}, found)
    controls = [each for each in drawing["form"].walk() if each.place in found]
    return here.render("publish/choices.html", controls=controls, **drawing)


@page
async def find(here: Here) -> Response:
    """What the account finds under a name, to choose from."""
    query = here.request.query_params
    asked = await _asked(here, query.get(asking.ACCOUNT, ""))
    words = next((value for name, value in query.multi_items() if name.endswith("@find")), "").strip()
    if asked.account is None or not words:
        return here.render("publish/nothing.html")
    found = await offers(here, asked.id, asked.schema, asked.account.id, words)
    drawing = await asking.around(here, [], f"/publish/{asked.id}")
    field, place = query.get("for", ""), query.get("place", "")
    if place not in found:
        raise ActionFailed("not_found", "This field has no choices to find.", sent="no")
    return here.render("publish/find.html", field=field, offer=found[place], action=asked.id, **drawing)


@page
async def count(here: Here) -> Response:
    """How long a text is, as the platform counts."""
    query, sent = here.request.query_params, await here.form()
    unit = query.get("unit", "")
    if unit not in UNITS:
        raise ActionFailed("invalid_input", "There is no such unit.", sent="no")
    used = length(sent.get(query.get("field", ""), "").replace("\r\n", "\n"), unit)
    most = int(query.get("most", "")[:9] or 0)
    return here.render("publish/count.html", used=used, most=most, field=query.get("for", ""))


ROUTES: Final = [
    Route("/w/{workspace}/publish", catalogue),
    Route("/w/{workspace}/publish/{action}", fill, methods=["GET"]),
    Route("/w/{workspace}/publish/{action}", send, methods=["POST"]),
    Route("/w/{workspace}/publish/{action}/choices", choices, methods=["POST"]),
    Route("/w/{workspace}/publish/{action}/find", find),
    Route("/w/{workspace}/count", count, methods=["POST"]),
]
