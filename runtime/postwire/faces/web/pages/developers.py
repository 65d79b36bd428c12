"""For those who write programs: keys, the document of the API, where to begin."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from postwire.accounts.outbox import EVENTS
from postwire.faces.web.here import page
from postwire.publish.hooks import Hooks

if TYPE_CHECKING:
    from starlette.responses import Response

    from postwire.faces.web.here import Here

_DAY: Final = 86_400.0
ENDS: Final = {"30": "In 30 days", "90": "In 90 days", "365": "In a year", "": "Never"}
_LONGEST: Final = 100  # characters of a name
_MOST: Final = 50  # patterns
_SHOWN: Final = 10  # messages that were sent


@page
async def developers(here: Here) -> Response:
    """Keys, and how to use them."""
    return await drawn(here)


@page
async def add(here: Here) -> Response:
    """Make a key; its secret is shown this once."""
    here.check_admin()
    sent = await here.form()
    name, ends = sent.get("name", "").strip(), sent.get("ends", "")
    patterns = sent.get("actions", "").replace(",", " ").split() or ["*"]
    if errors := _mistakes(here, name, patterns, ends):
        return await drawn(here, 422, errors=errors, entered=sent)
    seconds = float(ends) * _DAY if ends else None
    key, secret = await here.site.vault.run(
        here.site.keys.add, here.workspace, name, patterns, seconds=seconds
    )
    return await drawn(here, made=key, secret=secret.reveal())


def _mistakes(here: Here, name: str, patterns: list[str], ends: str) -> dict[str, str]:
    found = {}
    if not 0 < len(name) <= _LONGEST:
        found["name"] = f"Give it a name of 1 to {_LONGEST} characters, so that you know it again."
    known = [each.id for each in here.site.catalog.actions()]
    idle = [each for each in patterns[:_MOST] if not any(fnmatchcase(action, each) for action in known)]
    if idle or len(patterns) > _MOST:
        found["actions"] = f"No action fits {idle[0]}." if idle else f"At most {_MOST} patterns are taken."
    if ends not in ENDS:
        found["ends"] = "Choose when it ends."
    return found


@page
async def revoke(here: Here) -> Response:
    """Let a key open nothing more."""
    here.check_admin()
    await here.site.vault.run(here.site.keys.revoke, here.workspace, here.request.path_params["key"])
    return here.go("/developers")


async def drawn(here: Here, status: int = 200, **more: Any) -> Response:
    """The page, with what came of a form on it."""
    hooks = Hooks(here.site.vault.store)
    keys = await here.site.vault.run(here.site.keys.list, here.workspace)
    endpoints = await here.site.vault.run(hooks.list, here.workspace)
    sent = await here.site.vault.run(hooks.deliveries, here.workspace, limit=_SHOWN)
    context: dict[str, Any] = {
        "errors": {},
        "entered": {"name": "", "actions": "", "ends": "90"},
        "hook": {"url": "", "events": []},
        "made": None,
        "signs": None,
        "secret": "",
        "keys": keys,
        "endpoints": endpoints,
        "deliveries": sent,
        "addresses": {each.id: each.url for each in endpoints},
        "ends": list(ENDS.items()),
        "events": [(name, name, text) for name, text in EVENTS.items()],
        "v1": f"{here.site.settings.public_url}/v1",
        **more,
    }
    context["summary"] = [(f"f-{name}", text) for name, text in context["errors"].items()]
    return here.render("developers.html", status, **context)


ROUTES: Final = [
    Route("/w/{workspace}/developers", developers, methods=["GET"]),
    Route("/w/{workspace}/developers/keys", add, methods=["POST"]),
    Route("/w/{workspace}/developers/keys/{key}/revoke", revoke, methods=["POST"]),
]
