"""Webhooks out, on the page for developers: which addresses are told of what, and whether they take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from postwire.errors import InvalidInput
from postwire.faces.web.here import page
from postwire.faces.web.pages.developers import drawn
from postwire.publish.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from postwire.faces.web.here import Here


def hooks_of(here: Here) -> Hooks:
    """The addresses; beside the simulator this machine may be told too."""
    return Hooks(here.site.vault.store, loopback=here.site.settings.sandbox is not None)


@page
async def add(here: Here) -> Response:
    """Tell an address from now on; the secret that signs is shown this once."""
    here.check_admin()
    sent = await here.form()
    url, events = sent.get("url", "").strip(), sent.getlist("events")
    try:
        endpoint, secret = await here.site.vault.run(hooks_of(here).add, here.workspace, url, events)
    except InvalidInput as error:
        told = {each.path.strip("/").partition("/")[0]: _sentence(each.message) for each in error.fields}
        return await drawn(here, 422, errors=told, hook={"url": url, "events": events})
    return await drawn(here, signs=endpoint, secret=secret.reveal())


def _sentence(message: str) -> str:
    text = message[:1].upper() + message[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


@page
async def rotate(here: Here) -> Response:
    """Give it a new secret."""
    here.check_admin()
    hooks, number = hooks_of(here), here.request.path_params["hook"]
    secret = await here.site.vault.run(hooks.rotate, here.workspace, number)
    endpoint = await here.site.vault.run(hooks.get, here.workspace, number)
    return await drawn(here, signs=endpoint, secret=secret.reveal())


def _doing(call: Callable[[Hooks], Callable[[str, str], Any]]) -> Any:
    """A page that does something to an address, and shows the list again."""

    @page
    async def do(here: Here) -> Response:
        here.check_admin()
        await here.site.vault.run(call(hooks_of(here)), here.workspace, here.request.path_params["hook"])
        return here.go("/developers#webhooks")

    return do


_ONE: Final = "/w/{workspace}/developers/webhooks/{hook}"
ROUTES: Final = [
    Route("/w/{workspace}/developers/webhooks", add, methods=["POST"]),
    Route(f"{_ONE}/rotate", rotate, methods=["POST"]),
    Route(f"{_ONE}/test", _doing(lambda hooks: hooks.test), methods=["POST"]),
    Route(f"{_ONE}/enable", _doing(lambda hooks: hooks.enable), methods=["POST"]),
    Route(f"{_ONE}/remove", _doing(lambda hooks: hooks.remove), methods=["POST"]),
]
