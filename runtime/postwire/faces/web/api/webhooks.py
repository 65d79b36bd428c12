"""Addresses that are told how runs end, and what was sent to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwire.faces.web.api.calling import limit, operation
from postwire.language.units import moment
from postwire.publish.hooks import Hooks

if TYPE_CHECKING:
    from postwire.faces.web.api.calling import Caller
    from postwire.publish.hooks import Delivery, Endpoint


@operation
async def webhooks(caller: Caller) -> Response:
    """The addresses, oldest first."""
    caller.query()
    found = await caller.site.vault.run(_hooks(caller).list, caller.workspace)
    return JSONResponse({"webhooks": [_endpoint(each) for each in found]})


@operation
async def add(caller: Caller) -> Response:
    """A new address; its secret is told this once."""
    caller.query()
    hooks = _hooks(caller)
    given = await caller.body("WebhookWanted")
    made, secret = await caller.site.vault.run(
        hooks.add,
        caller.workspace,
        given["url"],
        given.get("events", ()),
        description=given.get("description", ""),
    )
    return JSONResponse({**_endpoint(made), "secret": secret.reveal()}, 201)


@operation
async def show(caller: Caller) -> Response:
    """One address."""
    caller.query()
    return JSONResponse(_endpoint(await _found(caller)))


@operation
async def remove(caller: Caller) -> Response:
    """Forget an address."""
    caller.query()
    await caller.site.vault.run(_hooks(caller).remove, caller.workspace, caller.path("webhook"))
    return Response(status_code=204)


@operation
async def enable(caller: Caller) -> Response:
    """Tell an address again that was disabled."""
    caller.query()
    made = await caller.site.vault.run(_hooks(caller).enable, caller.workspace, caller.path("webhook"))
    return JSONResponse(_endpoint(made))


@operation
async def rotate(caller: Caller) -> Response:
    """A new secret; the one before signs for another day."""
    caller.query()
    secret = await caller.site.vault.run(_hooks(caller).rotate, caller.workspace, caller.path("webhook"))
    return JSONResponse({"secret": secret.reveal()})


@operation
async def test(caller: Caller) -> Response:
    """Send a message to try an address out."""
    caller.query()
    sent = await caller.site.vault.run(_hooks(caller).test, caller.workspace, caller.path("webhook"))
    return JSONResponse(_delivery(sent), 202)


@operation
async def deliveries(caller: Caller) -> Response:
    """What was sent to an address, newest first."""
    query = caller.query("limit")
    found = await _found(caller)
    sent = await caller.site.vault.run(
        _hooks(caller).deliveries, caller.workspace, endpoint=found.id, limit=limit(query)
    )
    return JSONResponse({"deliveries": [_delivery(each) for each in sent]})


@operation
async def redeliver(caller: Caller) -> Response:
    """Send a message again."""
    caller.query()
    sent = await caller.site.vault.run(_hooks(caller).redeliver, caller.workspace, caller.path("delivery"))
    return JSONResponse(_delivery(sent), 202)


def _hooks(caller: Caller) -> Hooks:
    """The addresses, for a key that may see them.

    Raises:
        ActionFailed: `permission_denied`.
    """
    caller.check("webhooks.manage")
    return Hooks(caller.site.vault.store, loopback=caller.site.settings.sandbox is not None)


async def _found(caller: Caller) -> Endpoint:
    return await caller.site.vault.run(_hooks(caller).get, caller.workspace, caller.path("webhook"))


def _endpoint(each: Endpoint) -> dict[str, Any]:
    made = {
        "id": each.id,
        "url": each.url,
        "description": each.description,
        "events": list(each.events),
        "created": moment(each.created_at),
        "succeeded": moment(each.succeeded_at),
        "disabled": moment(each.disabled_at),
        "reason": each.reason,
    }
    return {name: value for name, value in made.items() if value not in (None, "")}


def _delivery(each: Delivery) -> dict[str, Any]:
    made = {
        "id": each.id,
        "webhook": each.endpoint,
        "event": each.event,
        "subject": each.subject,
        "state": each.state,
        "attempts": each.attempts,
        "status": each.status,
        "reason": each.reason,
        "created": moment(each.created_at),
        "next": moment(each.next_at),
        "ended": moment(each.ended_at),
    }
    return {name: value for name, value in made.items() if value not in (None, "")}


ROUTES = [
    Route("/webhooks", webhooks),
    Route("/webhooks", add, methods=["POST"]),
    Route("/webhooks/{webhook}", show),
    Route("/webhooks/{webhook}", remove, methods=["DELETE"]),
    Route("/webhooks/{webhook}/enable", enable, methods=["POST"]),
    Route("/webhooks/{webhook}/rotate", rotate, methods=["POST"]),
    Route("/webhooks/{webhook}/test", test, methods=["POST"]),
    Route("/webhooks/{webhook}/deliveries", deliveries),
    Route("/webhook-deliveries/{delivery}/redeliver", redeliver, methods=["POST"]),
]
