"""A desk that plays Instagram's actions against scripted answers, for either login: nothing is sent."""

from __future__ import annotations

import dataclasses
import itertools
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from postwire.accounts.account import Account
from postwire.decide.programs import Programs
from postwire.flow import run
from postwire.language.catalog import Catalog
from postwire.media.sample import VIDEO
from postwire.media.source import open_media
from postwire.media.store import MediaStore
from postwire.media.value import MediaValue
from postwire.testing import answer, play
from postwire.values import Lost, Response, Send, Sleep, Together

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postwire.values import Request, Result

PROGRAMS = Programs(Catalog())
ACCOUNT = "17841400000000001"
PAGE = "1010"
NOW = 1_795_000_000


class Play:
    """One run against *answers* in order, the last one for ever; what was sent, and the sum of the waits."""

    def __init__(
        self, action: str, given: dict[str, Any], answers: tuple[Any, ...], flavour: str, *, verify: bool
    ) -> None:
        facts = {"page_id": PAGE} if flavour else {}
        self._account = Account("instagram", "IGAAtest", id=ACCOUNT, flavour=flavour, facts=facts)
        self._call = (action, given, answers)
        self._verify = verify
        self.effects: list[Any] = []

    def result(self) -> Result:
        action, given, answers = self._call
        program = PROGRAMS.get(f"instagram.{action}", self._account.flavour)
        values, _ = program.input.prepare(given)
        flow = run(program, values, self._account, now=NOW, run_id="r", verify=self._verify)
        made: Result = play(self._watched(flow), _for_ever(answers)).value
        return made

    def _watched(self, flow: Any) -> Any:
        """*flow*, with its effects kept also when it raises."""
        given: Any = None
        while True:
            try:
                effect = flow.throw(given) if isinstance(given, Exception) else flow.send(given)
            except StopIteration as end:
                return end.value
            self.effects.append(effect)
            if isinstance(effect, Together):
                effect = dataclasses.replace(effect, flows=tuple(map(self._watched, effect.flows)))
            given = yield effect

    @property
    def sent(self) -> list[Request]:
        return [effect.request for effect in self.effects if isinstance(effect, Send)]

    @property
    def waited(self) -> float:
        return sum(effect.seconds for effect in self.effects if isinstance(effect, Sleep))

    @property
    def calls(self) -> list[str]:
        return [f"{r.method} {urlsplit(r.url).path.removeprefix('/v26.0')}" for r in self.sent]

    def body(self, index: int = -1) -> Any:
        raw = self.sent[index].body
        assert isinstance(raw, bytes)
        return json.loads(raw)

    def query(self, index: int = -1) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.sent[index].url).query).items()}


def _for_ever(answers: tuple[Any, ...]) -> Iterator[Response | Lost]:
    return itertools.chain(answers, itertools.repeat(answers[-1])) if answers else iter(())


class Desk:
    """Makes answers as Instagram words them, and plays actions against them."""

    container, post = "17900000000000001", "17950000000000009"
    url = "https://www.instagram.com/p/Csim1/"
    image = "https://media.example.com/rolls.jpg"
    film = "https://media.example.com/bake.mp4"
    now = NOW
    lost = Lost("maybe", "timed out")

    def ok(self, body: Any, status: int = 200) -> Response:
        return answer(body, status)

    def made(self, identifier: str = "17900000000000001") -> Response:
        return answer({"id": identifier})

    def status(self, code: str, text: str = "") -> Response:
        return answer({"id": self.container, "status_code": code, "status": text})

    def failed(self, subcode: int) -> Response:
        return self.status("ERROR", f"Error: Media upload has failed with error code {subcode}")

    def refusal(
        self, code: int, subcode: int | None = None, message: str = "Refused", status: int = 400
    ) -> Response:
        error = {"code": code, "message": message, "type": "OAuthException", "fbtrace_id": "T1"}
        return answer({"error": error | ({"error_subcode": subcode} if subcode else {})}, status)

    def published(self) -> tuple[Response, ...]:
        """The answers from the container to the link."""
        link = answer({"id": self.post, "permalink": self.url})
        return self.made(), self.status("FINISHED"), self.made(self.post), link

    def play(
        self,
        action: str,
        given: dict[str, Any],
        *answers: Response | Lost,
        flavour: str = "",
        verify: bool = False,
    ) -> Play:
        return Play(action, given, answers, flavour, verify=verify)


@pytest.fixture(scope="session")
def desk() -> Desk:
    return Desk()


@pytest.fixture
def video(tmp_path: Path) -> MediaValue:
    return MediaValue(open_media(str(VIDEO), store=MediaStore(tmp_path), fetch=None, field="/video"))
