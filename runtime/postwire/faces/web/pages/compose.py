"""One post for several accounts: text and files once, what a platform wants besides for each account."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.routing import Route

from postwire.errors import InvalidInput, PostwireError
from postwire.faces.web.here import page
from postwire.faces.web.pages import asked as asking
from postwire.faces.web.pages.forms import Control
from postwire.faces.web.pages.runs import event, names_of, show
from postwire.faces.web.pages.targets import MOST_FILES, Content, Target, checked, content_of, targets_of
from postwire.faces.web.watching import PING, events, has_ended, stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.responses import Response

    from postwire.faces.web.here import Here
    from postwire.publish.records import Run

MOST_RUNS: Final = 50


@page
async def compose(here: Here) -> Response:
    """An empty post; `account` chooses one account already."""
    return await _drawn(here, here.request.query_params, [], Content("", (), (), {}))


@page
async def targets(here: Here) -> Response:
    """What each chosen account wants besides, and how it will look there."""
    sent = await here.form()
    content = await content_of(here, sent)
    found = await targets_of(here, sent, content)
    return here.render("compose/targets.html", **await _around(here, sent, found, content))


@page
async def preview(here: Here) -> Response:
    """How the post will look, while it is written."""
    sent = await here.form()
    content = await content_of(here, sent)
    found = await targets_of(here, sent, content, offered=False)
    return here.render("compose/preview.html", **await _around(here, sent, found, content))


@page
async def publish(here: Here) -> Response:
    """Check it for every account, then hand each its run."""
    sent = await here.form()
    content = await content_of(here, sent)
    found = await targets_of(here, sent, content)
    errors: dict[str, str] = {}
    if not found:
        errors["to"] = "Choose at least one account."
    try:
        at = asking.moment_of(sent)
    except InvalidInput as error:
        errors["when"], at = error.fields[0].message, None
    found = list(await asyncio.gather(*(checked(here, each, sent) for each in found)))
    if errors or any(each.errors or each.problem or (each.form and each.form.errors) for each in found):
        return await _drawn(here, sent, found, content, errors, status=422)
    key = sent.get("key") or asking.new_key()
    return await _handed(here, found, key, at)


async def _handed(here: Here, found: list[Target], key: str, at: float | None) -> Response:
    """One run for each account, under a key of its own; where some fail, the page tells of all."""
    runs: list[Run] = []
    failed: list[tuple[Target, dict[str, Any]]] = []
    for each in found:
        assert each.fit is not None
        try:
            runs.append(
                await here.client.submit(
                    each.fit.action,
                    each.values,
                    account=each.account.id,
                    key=f"{key}:{each.account.id}",
                    at=at,
                )
            )
        except PostwireError as error:
            failed.append((each, error.to_dict()))
    if not failed:
        return here.go(f"/compose/sent?{urlencode([('run', run.id) for run in runs])}")
    return await _outcome(here, runs, failed)


@page
async def sent(here: Here) -> Response:
    """What came of a post, account by account."""
    return await _outcome(here, await _runs(here), [])


async def _runs(here: Here) -> list[Run]:
    wanted = here.request.query_params.getlist("run")[:MOST_RUNS]
    journal = here.site.journal
    return [await here.site.vault.run(journal.get, here.workspace, each) for each in wanted]


async def _outcome(here: Here, runs: list[Run], failed: list[tuple[Target, dict[str, Any]]]) -> Response:
    names = await names_of(here)
    its = [show(here, run, names) for run in runs]
    watched = here.href(f"/compose/events?{urlencode([('run', run.id) for run in runs])}")
    ended = all(has_ended(run) for run in runs)
    return here.render("compose/sent.html", its=its, failed=failed, watched=watched, ended=ended)


@page
async def watch(here: Here) -> Response:
    """All runs of a post as one stream: each message is what the page shows of them."""
    return stream(_told(here, await _runs(here)))


async def _told(here: Here, runs: list[Run]) -> AsyncIterator[str]:
    latest, names = {run.id: run for run in runs}, await names_of(here)
    heard: asyncio.Queue[Run | None] = asyncio.Queue()
    tasks = [asyncio.create_task(_listen(here, run.id, heard)) for run in runs]
    try:
        number = 0
        while not all(task.done() for task in tasks) or not heard.empty():
            run = await heard.get()
            if run is None:
                yield PING
                continue
            latest[run.id] = run
            number += 1
            its = [show(here, each, names) for each in latest.values()]
            yield event(bytes(here.render("compose/states.html", its=its).body).decode(), str(number))
            if all(has_ended(each) for each in latest.values()):
                break
        yield "event: end\ndata: end\n\n"
    finally:
        for task in tasks:
            task.cancel()


async def _listen(here: Here, run: str, heard: asyncio.Queue[Run | None]) -> None:
    async for seen in events(here.site, here.workspace, run):
        heard.put_nowait(None if seen is None else seen.run)


async def _drawn(
    here: Here,
    entered: Any,
    found: list[Target],
    content: Content,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    wrong = dict(errors or {})
    context = await _around(here, entered, found, content)
    summary = [("f-to", wrong["to"])] if "to" in wrong else []
    for each in found:
        summary += [(f"target-{each.account.id}", f"{each.name}: {told}") for told in _all_errors(each)]
        if each.form:
            summary += [
                (at or f"target-{each.account.id}", f"{each.name}: {t}") for at, t in each.form.errors
            ]
    summary += [("f-at", wrong["when"])] if "when" in wrong else []
    chosen = [*entered.getlist("to"), *entered.getlist("account")]
    return here.render(
        "compose/compose.html",
        status,
        accounts=await asking.accounts(here),
        chosen=chosen,
        errors=wrong,
        summary=summary,
        key=entered.get("key") or asking.new_key(),
        at=entered.get("at", ""),
        when=entered.get("when", "now"),
        name_of=asking.name_of,
        **context,
    )


def _all_errors(target: Target) -> list[str]:
    return [*([target.problem] if target.problem else []), *target.errors]


async def _around(here: Here, entered: Any, found: list[Target], content: Content) -> dict[str, Any]:
    files = Control("media", "/files", "", "Photos or video", value=list(content.files), several=True)
    inside = [each.form for each in found if each.form]
    context = await asking.around(here, inside, "/compose")
    actions = {each.account.id: each.fit.action for each in found if each.fit}

    def finding(control: Control) -> str:
        account = control.name.partition("/")[0]
        query = {"account": account, **asking.looked_for(control)}
        return here.href(f"/publish/{actions[account]}/find?{urlencode(query)}")

    return {
        **context,
        "finding": finding,
        "known": {**context["known"], **content.known},
        "zone": entered.get("zone") or context["zone"],
        "action": "",
        "files": replace(files, most=MOST_FILES),
        "alts": list(content.alts),
        "content": content,
        "targets": found,
    }


ROUTES: Final = [
    Route("/w/{workspace}/compose", compose, methods=["GET"]),
    Route("/w/{workspace}/compose", publish, methods=["POST"]),
    Route("/w/{workspace}/compose/targets", targets, methods=["POST"]),
    Route("/w/{workspace}/compose/preview", preview, methods=["POST"]),
    Route("/w/{workspace}/compose/sent", sent),
    Route("/w/{workspace}/compose/events", watch),
]
