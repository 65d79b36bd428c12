"""A rehearsal: what a run would send, with nothing sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from postwire.decide.costs import estimate
from postwire.errors import InvalidInput, PostwireError
from postwire.language import cassette
from postwire.secret import MASK, scrub
from postwire.values import Multipart, Request, Response, Send, Slice, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.decide.program import Program
    from postwire.language.catalog import Catalog
    from postwire.values import Flow, Result

_FORM: Final = "application/x-www-form-urlencoded"
_NO_EXAMPLE: Final = "Later requests depend on the platform's answers, of which there is no example."
_MARK: Final = "built from the example's answers"


class _Ends(Exception):
    pass


def rehearse(program: Program, flow: Flow[Result], catalog: Catalog, checks: list[str]) -> dict[str, Any]:
    """`{"requests": […], "checks": […]}`: what *flow* asks for, answered from the action's cassette.

    Raises:
        InvalidInput: a check of the action finds a mistake.
    """
    integration, _, action = program.id.partition(".")
    tape = cassette.read(catalog.folder(integration), action)
    answers = _Answers(list(tape.interactions) if tape else [])
    requests: list[dict[str, Any]] = []
    notes = list(checks)
    try:
        _walk(flow, answers, requests)
    except _Ends:
        notes += [] if program.is_single else [_NO_EXAMPLE]
    except InvalidInput:
        if not requests:
            raise
        notes.append("The example's answers do not fit this input; on the platform they may.")
    except PostwireError as error:
        notes.append(f"The example's answers end it here: {error.message}" if requests else error.message)
    calls = [(each["method"], urlsplit(each["url"]).path) for each in requests]
    costs = [f"Costs {told.removesuffix('.')}." for told in estimate(program.api, calls)]
    return {"requests": requests, "checks": [*costs, *notes]}


class _Answers:
    """Recorded answers, each used once, by method and path."""

    def __init__(self, recorded: list[cassette.Recorded]) -> None:
        self._left = recorded

    def take(self, request: Request) -> Response:
        for index, entry in enumerate(self._left):
            if _place(entry.method, entry.uri) == _place(request.method, request.url):
                del self._left[index]
                return Response(entry.status, entry.headers, entry.body)
        raise _Ends


def _place(method: str, url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return method, parts.hostname or "", parts.path


def _walk(flow: Flow[Any], answers: _Answers, requests: list[dict[str, Any]]) -> Any:
    answer: Any = None
    try:
        while True:
            effect = flow.throw(answer) if isinstance(answer, Exception) else flow.send(answer)
            answer = None
            if isinstance(effect, Send):
                shown = show(effect.request)
                requests.append({"step": effect.key, **shown, **({"note": _MARK} if requests else {})})
                answer = answers.take(effect.request)
            elif isinstance(effect, Together):
                answer = _together(effect, answers, requests)
    except StopIteration as done:
        return done.value


def _together(effect: Together, answers: _Answers, requests: list[dict[str, Any]]) -> Any:
    try:
        return [_walk(inner, answers, requests) for inner in effect.flows]
    except Exception as error:  # noqa: BLE001 - raised again where the flow asked for them
        return error


def show(request: Request) -> dict[str, Any]:
    """A request as JSON for people, with every credential masked."""
    url, _, query = request.url.partition("?")
    headers = dict(request.headers)
    credential = request.credential
    if credential and credential.place == "header":
        bearer = credential.value.reveal().startswith("Bearer ")
        headers[credential.name] = f"Bearer {MASK}" if bearer else MASK
    made: dict[str, Any] = {"method": request.method, "url": url, "headers": headers}
    shown = {key: _masked(key, value) for key, value in parse_qsl(query, keep_blank_values=True)}
    if credential and credential.place == "query":
        shown[credential.name] = MASK
    if shown:
        made["query"] = shown
    return {**made, **dict(_body(request))}


def _masked(key: str, value: str) -> str:
    return scrub(f"{key}={value}").removeprefix(f"{key}=")


def _body(request: Request) -> Iterator[tuple[str, Any]]:
    body = request.body
    kind = request.headers.get("Content-Type", "")
    if isinstance(body, Slice):
        yield "body", f"{body.size} bytes of {body.path.name} from byte {body.first}"
    elif isinstance(body, Multipart):
        yield "form", {name: _field(value) for name, value in body.fields}
    elif body and kind.startswith(_FORM):
        yield "form", {key: _masked(key, value) for key, value in parse_qsl(body.decode())}
    elif body and "json" in kind:
        yield "json", json.loads(body)


def _field(value: str | Slice) -> str:
    return f"{value.size} bytes of {value.path.name}" if isinstance(value, Slice) else value
