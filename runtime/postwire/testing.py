"""The kit for tests of integrations, ours and other people's.

`play` runs a flow on scripted answers, without any transport. `cases` gives one case per action of an
integration, with its examples; in pytest:

    import pytest
    from postwire.testing import cases

    @pytest.mark.parametrize("case", cases("integrations/acme"), ids=str)
    def test_example(case):
        case.check()

An example's input may name files that are made for the time of its check: `sample.mp4` (a real video of 3
seconds), `sample-100KB.mp4` (the same in exactly that size), `sample.jpg` and `sample.png` (1200 x 628).
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from postwire.accounts.account import Account
from postwire.client import Client
from postwire.decide.retry import Policy
from postwire.errors import PostwireError
from postwire.language import cassette
from postwire.language.catalog import Catalog
from postwire.language.units import parse_size
from postwire.media import sample
from postwire.values import Lost, Renew, Request, Response, Send, Sleep, Together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from postwire.language.manifest import Example
    from postwire.values import Effect, Flow

TOKEN: Final = "planted-test-token"  # noqa: S105 - planted, so that a leak can be found
_SAMPLE: Final = re.compile(r"sample(?:-([0-9.]+[A-Za-z]+))?\.mp4|sample\.(?:jpg|png)")
_PICTURE: Final = (1200, 628)  # pixels


def answer(body: Any = None, status: int = 200, **headers: str) -> Response:
    """An answer as a platform would give it; *body* as JSON unless it is bytes, `x_y` headers as `x-y`."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    kind = {} if isinstance(body, bytes) or body is None else {"content-type": "application/json"}
    return Response(status, kind | {name.replace("_", "-"): value for name, value in headers.items()}, raw)


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a flow: its value, and every effect that it asked for; parallel flows one by one."""

    value: Any
    effects: list[Effect]

    @property
    def requests(self) -> list[Request]:
        """The requests that were sent."""
        return [effect.request for effect in self.effects if isinstance(effect, Send)]

    @property
    def waits(self) -> list[float]:
        """The seconds that were waited."""
        return [effect.seconds for effect in self.effects if isinstance(effect, Sleep)]


def play(flow: Flow[Any], answers: Iterable[Response | Lost | Exception], renewed: Any = None) -> Played:
    """Run *flow*; each Send gets the next of *answers*, each Renew gets *renewed*, nothing waits.

    Raises:
        AssertionError: the flow asks for more answers than there are.
        PostwireError: what the flow raises.
    """
    effects: list[Effect] = []
    script = iter(answers)
    return Played(_play(flow, script, effects, renewed), effects)


def _play(flow: Flow[Any], script: Iterator[Any], effects: list[Effect], renewed: Any) -> Any:
    given: Any = None
    try:
        while True:
            effect = flow.throw(given) if isinstance(given, Exception) else flow.send(given)
            effects.append(effect)
            given = None
            if isinstance(effect, Send):
                given = next(script, None)
                assert given is not None, f"no answer is left for {effect.key}: {_brief(effect.request)}"
            elif isinstance(effect, Together):
                given = _together(effect, script, effects, renewed)
            elif isinstance(effect, Renew):
                given = renewed
    except StopIteration as done:
        return done.value


def _together(effect: Together, script: Iterator[Any], effects: list[Effect], renewed: Any) -> Any:
    """The results of parallel flows, or the first failure, which the flow around them is told."""
    try:
        return [_play(inner, script, effects, renewed) for inner in effect.flows]
    except Exception as error:  # noqa: BLE001 - as the drivers do
        return error


def _brief(request: Request) -> str:
    return f"{request.method} {request.url.partition('?')[0]}"


class RecordedTransport:
    """A transport that gives the answers of a cassette, in its order, and refuses any other request."""

    def __init__(self, recorded: Iterable[cassette.Recorded]) -> None:
        self._left = list(recorded)
        self.requests: list[Request] = []

    @property
    def left(self) -> int:
        """How many answers were not asked for."""
        return len(self._left)

    def send(self, request: Request, sent: Callable[[int], None] | None = None) -> Response:  # noqa: ARG002 - the protocol's
        """The recorded answer to exactly this request."""
        self.requests.append(request)
        assert self._left, f"the cassette has no answer left for {_brief(request)}"
        entry = self._left.pop(0)
        _same("request", (request.method, _address(request.url)), (entry.method, _address(entry.uri)))
        if entry.request_body and isinstance(request.body, bytes):
            _same("body", _body(request.body.decode()), _body(entry.request_body))
        return Response(entry.status, entry.headers, entry.body)

    def close(self) -> None:
        """Nothing is open."""


def _same(what: str, sent: Any, recorded: Any) -> None:
    assert sent == recorded, (
        f"the {what} differs from the cassette:\n  sent     {sent}\n  recorded {recorded}"
    )


def _address(url: str) -> tuple[str, str, list[tuple[str, str]]]:
    parts = urlsplit(url)
    return parts.netloc, parts.path, sorted(parse_qsl(parts.query, keep_blank_values=True))


def _body(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return sorted(parse_qsl(text, keep_blank_values=True)) or text


@dataclass(frozen=True, slots=True)
class Case:
    """The examples of one action, in order, against its cassette."""

    action: str
    folder: Path
    examples: tuple[Example, ...]
    tape: cassette.Cassette | None

    def __str__(self) -> str:
        return self.action

    def check(self) -> None:
        """Play every example: its input fits, its requests are the recorded ones, its result is as described.

        Raises:
            AssertionError: something differs, or a recorded answer was never asked for.
        """
        assert self.tape is not None, f"{self.action} has no cassette"
        transport = RecordedTransport(self.tape.interactions)
        with _client(self.folder, transport) as client:
            for example in self.examples:
                _check_example(client, self.action, example)
        assert not transport.left, f"{transport.left} recorded answers of {self.action} were never asked for"
        assert all(TOKEN not in repr(request) for request in transport.requests), "a request shows its token"


@contextmanager
def _client(folder: Path, transport: RecordedTransport) -> Iterator[Client]:
    policy = Policy(attempts=1)
    with Client(integrations=[folder], override=True, transport=transport, policy=policy) as client:
        # Recorded answers need no waiting, and have an order.
        client._world = replace(client._world, sleep=lambda _: None, lanes=1)  # noqa: SLF001 - as above
        yield client


def _check_example(client: Client, action: str, example: Example) -> None:
    account = Account(action.partition(".")[0], TOKEN, **example.account)
    try:
        with _samples(example.input) as given:
            result = client.run(action, given, account=account)
    except PostwireError as error:
        _check_failure(action, error, example.error)
        return
    assert example.error is None, f"{action} should have failed with {example.error}"
    _same("result", result.output, example.return_)
    unfit = [warning for warning in result.warnings if "not as described" in warning]
    assert not unfit, f"the output schema of {action} does not fit: {unfit}"


def _check_failure(action: str, failure: PostwireError, wanted: str | None) -> None:
    assert failure.code == wanted, f"{action} failed: {failure.code}: {failure.message}"
    assert TOKEN not in str(failure.to_dict()), "an error shows the token"


@contextmanager
def _samples(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """*given* with the sample files that it names as their paths, until the block ends."""
    with TemporaryDirectory(prefix="postwire-") as place:
        yield _placed(given, Path(place))


def _placed(value: Any, place: Path) -> Any:
    if isinstance(value, dict):
        return {key: _placed(inner, place) for key, inner in value.items()}
    if isinstance(value, list):
        return [_placed(inner, place) for inner in value]
    named = _SAMPLE.fullmatch(value) if isinstance(value, str) else None
    return str(_sample(place / named[0], named[1])) if named else value


def _sample(path: Path, size: str | None) -> Path:
    """Make the sample file that *path* names.

    Raises:
        ValueError: *size* is no size, or too small.
    """
    if path.suffix == ".mp4":
        return sample.write(path, None if size is None else parse_size(size))
    from PIL import Image  # noqa: PLC0415 - few examples need it

    Image.new("RGB", _PICTURE, "teal").save(path)
    return path


def cases(folder: Path | str) -> list[Case]:
    """One case per public action of the integration in *folder*."""
    place = Path(folder)
    catalog = Catalog([place], override=True)
    return [
        Case(
            summary.id,
            place,
            tuple(catalog.action(summary.id).examples),
            cassette.read(place, summary.id.partition(".")[2]),
        )
        for summary in catalog.actions(place.name)
    ]
