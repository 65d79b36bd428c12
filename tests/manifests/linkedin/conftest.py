"""A desk that plays LinkedIn's actions against scripted answers: no network, no sleeping."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from postwire.accounts.account import Account
from postwire.decide.programs import Programs
from postwire.decide.retry import Policy
from postwire.flow import run
from postwire.language.catalog import Catalog
from postwire.media import sample
from postwire.media.source import open_media
from postwire.media.store import MediaStore
from postwire.media.value import MediaValue
from postwire.testing import Played, answer, play

if TYPE_CHECKING:
    from pathlib import Path

    from postwire.values import Request, Response

PROGRAMS = Programs(Catalog())
MINA = "urn:li:person:782bbtaQ"
NOW = 1_795_000_000
PARTS = 4_194_304


class Desk:
    """Makes answers as LinkedIn words them, and plays actions against them."""

    mina = MINA
    fjord = "urn:li:organization:5515715"
    now = NOW

    def created(self, urn: str = "urn:li:share:7243") -> Response:
        return answer(None, 201, x_restli_id=urn)

    def refusal(self, status: int, message: str = "", **more: Any) -> Response:
        return answer({"status": status, "message": message, **more}, status, x_li_uuid="AAY1")

    def image(self, number: int = 1) -> Response:
        urn = f"urn:li:image:C4E{number}"
        return answer(
            {"value": {"image": urn, "uploadUrl": f"https://www.linkedin.com/dms-uploads/{number}"}}
        )

    def film(self, size: int, **more: Any) -> Response:
        parts = [
            {
                "uploadUrl": f"https://www.linkedin.com/dms-uploads/p{index}",
                "firstByte": first,
                "lastByte": min(first + PARTS, size) - 1,
            }
            for index, first in enumerate(range(0, size, PARTS))
        ]
        value = {"video": "urn:li:video:C5", "uploadToken": "", "uploadInstructions": parts, **more}
        return answer({"value": value})

    def media(self, status: str = "AVAILABLE", **more: Any) -> Response:
        return answer({"id": "urn:li:x:1", "owner": MINA, "status": status, **more})

    def play(
        self,
        action: str,
        given: dict[str, Any],
        *answers: Any,
        urn: str = MINA,
        scopes: Any = None,
        **account: Any,
    ) -> Played:
        program = PROGRAMS.get(f"linkedin.{action}")
        values, _ = program.input.prepare(given)
        facts = {"urn": urn} if urn else {}
        acting = Account("linkedin", "AQX.test", scopes=scopes, facts=facts, **account)
        return play(run(program, values, acting, now=NOW, run_id="r", policy=Policy(attempts=1)), answers)

    def body(self, request: Request) -> Any:
        assert isinstance(request.body, bytes)
        return json.loads(request.body)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> MediaValue:
    """A video that LinkedIn sends in three parts."""
    folder = tmp_path_factory.mktemp("film")
    path = sample.write(folder / "film.mp4", 2 * PARTS + 1000)
    return MediaValue(open_media(str(path), store=MediaStore(folder / "store"), fetch=None, field="/video"))


@pytest.fixture
def gif(tmp_path: Path) -> MediaValue:
    data = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    return MediaValue(open_media(data, store=MediaStore(tmp_path), fetch=None, field="/image"))
