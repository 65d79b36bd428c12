"""Running actions: reads answer at once; what changes something becomes a run, which workers do."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse
from starlette.routing import Route

from postwire.access.uploads import Uploads
from postwire.accounts.listing import Filter
from postwire.accounts.rows import new_id
from postwire.errors import ActionFailed, Field, InvalidInput, UnknownName, shown
from postwire.faces.web.api import told
from postwire.faces.web.api.calling import operation
from postwire.faces.web.api.inputs import taken
from postwire.faces.web.problems import problem
from postwire.faces.web.receiving import finished, to_end
from postwire.faces.web.watching import has_ended, until_ended
from postwire.publish.journal import LONGEST_KEY
from postwire.publish.outcome import read_error
from postwire.publish.portable import handles
from postwire.publish.times import read_time
from postwire.secret import MASK, Secret

if TYPE_CHECKING:
    from starlette.responses import Response

    from postwire.accounts.records import StoredAccount
    from postwire.faces.web.api.calling import Caller
    from postwire.faces.web.receiving import Room
    from postwire.publish.records import Run

PATIENCE: Final = 60  # seconds that an answer waits at most
_WAIT: Final = re.compile(r"(?:^|,)\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?:[,;]|$)", re.IGNORECASE)
# A zone is needed; the + of one comes as a space when it was not encoded.
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:(Z)|([+ -])(\d\d:\d\d))", re.IGNORECASE
)
_KEY: Final = re.compile(rf"[!-~](?:[ -~]{{0,{LONGEST_KEY - 2}}}[!-~])?")


@dataclass(frozen=True, slots=True)
class Asked:
    """How an action is to be run.

    Attributes:
        account: id, user name or label; None for the only one of the platform.
        at: seconds since 1970; None for now.
        key: the caller's name for this run; None for one of ours.
        wait: seconds to wait for its end; None where nobody asked for that.
    """

    account: str | None
    at: float | None
    dry_run: bool
    key: str | None
    wait: int | None


@operation
async def run(caller: Caller) -> Response:
    """Run an action."""
    action = caller.path("action")
    caller.check(action)
    effect = described(caller, action).effect
    asked = _asked(caller)
    async with taken(caller, action) as (given, room):
        account = await caller.site.vault.run(_acting, caller, action, asked.account)
        if asked.dry_run:
            return JSONResponse(await _rehearsed(caller, action, given, account))
        who = None if account is None else account.id
        if effect == "read":
            return await _read(caller, action, given, who, asked)
        return await _submitted(caller, action, given, who, asked, room)


def described(caller: Caller, action: str) -> Any:
    """The manifest of a public action.

    Raises:
        UnknownName: there is none.
    """
    if "._" in action:
        raise UnknownName(
            f"There is no action {shown(action)!r}.", remedy="GET /v1/actions lists what there is."
        )
    return caller.client.catalog.action(action)


async def answer(caller: Caller, found: Run, wait: int | None, headers: dict[str, str]) -> Response:
    """What a run gave, where it ends in time; else where to look for it."""
    if wait:
        found = await until_ended(caller.site, found, min(wait, PATIENCE))
        headers = {**headers, "Preference-Applied": f"wait={min(wait, PATIENCE)}"}
    headers = {**headers, "Location": f"/v1/runs/{found.id}"}
    if not has_ended(found):
        return JSONResponse(told.run(found), 202, headers)
    if found.state in {"done", "pending"}:
        return JSONResponse(told.run(found), 200, headers)
    error = ActionFailed("cancelled", "The run was cancelled.", sent="no")
    failed = problem(read_error(found.error) if found.error is not None else error, run=found.id)
    failed.headers.update(headers)
    return failed


def preferred_wait(caller: Caller) -> int | None:
    """Seconds that the caller would wait (`Prefer: wait=20`, RFC 7240)."""
    found = _WAIT.search(caller.request.headers.get("prefer", ""))
    return int(found[1]) if found else None


def moment_of(text: str, where: str) -> float:
    """Seconds since 1970 of an RFC 3339 time to come.

    Raises:
        InvalidInput: it is none, has no zone, or lies back.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise InvalidInput(
            [Field(where, "must be a time with its zone, such as 2026-12-24T18:00:00+01:00", shown(text))]
        )
    zone = "Z" if found[2] else f"{found[3].replace(' ', '+')}{found[4]}"
    try:
        return read_time(f"{found[1]}{zone}")
    except InvalidInput as error:
        raise InvalidInput([Field(where, each.message, each.got) for each in error.fields]) from None


def _asked(caller: Caller) -> Asked:
    query = caller.query("account", "at", "dry_run")
    given = query.get("account"), caller.request.headers.get("postwire-account")
    if None not in given and given[0] != given[1]:
        raise InvalidInput([Field("?account", "and the header Postwire-Account name two accounts")])
    rehearsal = query.get("dry_run", "false").lower()
    if rehearsal not in {"true", "false"}:
        raise InvalidInput([Field("?dry_run", "must be true or false", shown(rehearsal))])
    at = moment_of(query["at"], "?at") if "at" in query else None
    return Asked(given[0] or given[1], at, rehearsal == "true", _given_key(caller), preferred_wait(caller))


def _given_key(caller: Caller) -> str | None:
    given = caller.request.headers.get("idempotency-key")
    if given is None:
        return None
    key = given[1:-1] if len(given) > 1 and given[0] == given[-1] == '"' else given
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            [Field("Idempotency-Key", f"must be 1 to {LONGEST_KEY} printable ASCII characters")]
        )
    return key


def _acting(caller: Caller, action: str, account: str | None) -> StoredAccount | None:
    """The account that acts: never one of the environment, which is the operator's.

    Raises:
        UnknownName: none has this name, or several could be meant.
    """
    name = action.partition(".")[0]
    if caller.client.programs.api(name).auth == "none":
        return None
    vault = caller.site.vault
    if account is not None:
        return vault.accounts.find(caller.workspace, account, name)
    found = vault.listing.page(caller.workspace, Filter(integration=name), limit=2).accounts
    if len(found) == 1:
        return found[0]
    raise UnknownName(
        f"Several {name} accounts could act." if found else f"No {name} account is connected.",
        remedy="Say which one: ?account=ID; GET /v1/accounts lists them."
        if found
        else "Connect one: POST /v1/connect-links gives a link for its owner.",
    )


async def _rehearsed(
    caller: Caller, action: str, given: dict[str, Any], account: StoredAccount | None
) -> dict[str, Any]:
    who = None if account is None else account.account(Secret(MASK))
    rehearse = partial(caller.client.dry_run, action, given, account=who)
    # Without files it is over sooner than a thread begins.
    return await to_end(rehearse) if caller.client.programs.described(action).input.slots else rehearse()


async def _read(
    caller: Caller, action: str, given: dict[str, Any], account: str | None, asked: Asked
) -> Response:
    if asked.at is not None:
        raise InvalidInput([Field("?at", f"is not for {action}, which changes nothing: it runs at once")])
    result = await caller.client.run(action, given, account=account)
    return JSONResponse({"state": result.state, "output": result.output, "warnings": list(result.warnings)})


async def _submitted(
    caller: Caller, action: str, given: dict[str, Any], account: str | None, asked: Asked, room: Room
) -> Response:
    key = asked.key or new_id("key")
    submit = caller.client.submit(action, given, account=account, key=key, at=asked.at)
    found = await finished(submit)
    await to_end(_note, caller, found, room)
    return await answer(caller, found, asked.wait, {"Idempotency-Key": key})


def _note(caller: Caller, found: Run, room: Room) -> None:
    """Count the files that wait with a run; it has its room already."""
    uploads = Uploads(caller.site.vault.store)
    for handle in handles(found.document.get("portable")):
        with suppress(OSError):  # it has run meanwhile
            size = (room.store.folder / handle).stat().st_size
            uploads.keep(caller.workspace, handle, size, sys.maxsize)


ROUTES = [Route("/actions/{action}", run, methods=["POST"])]
