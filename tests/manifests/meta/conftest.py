"""A desk that plays the Page's actions against scripted answers: no network, no sleeping."""

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
from postwire.values import Multipart, Request, Send

if TYPE_CHECKING:
    from pathlib import Path

    from postwire.values import Response

PROGRAMS = Programs(Catalog())
NOW = 1_795_000_000
DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


class Desk:
    """Makes answers as the Graph API words them, and plays actions against them."""

    now = NOW

    def refusal(self, code: int, sub: int | None = None, status: int = 400, **more: Any) -> Response:
        error = {"message": f"(#{code}) no", "type": "OAuthException", "code": code, "fbtrace_id": "F1"}
        return answer({"error": {**error, **({"error_subcode": sub} if sub else {}), **more}}, status)

    def state(self, video: str, published: bool = False, **phases: str) -> Response:
        found = {f"{name}_phase": {"status": status} for name, status in phases.items()}
        return answer({"id": "50", "published": published, "status": {"video_status": video, **found}})

    def play(
        self, action: str, given: dict[str, Any], *answers: Any, attempts: int = 1, **account: Any
    ) -> Played:
        program = PROGRAMS.get(f"meta.{action}")
        values, _ = program.input.prepare(given)
        acting = Account("meta", "EAA.test", **{"id": "1010", **account})
        policy = Policy(attempts=attempts)
        return play(run(program, values, acting, now=NOW, run_id="r", policy=policy), answers)

    def body(self, request: Request) -> Any:
        assert isinstance(request.body, bytes)
        return json.loads(request.body)

    def fields(self, request: Request) -> dict[str, Any]:
        assert isinstance(request.body, Multipart)
        return dict(request.body.fields)

    def keys(self, played: Played) -> list[str]:
        return [effect.key for effect in played.effects if isinstance(effect, Send)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def photo(tmp_path: Path) -> MediaValue:
    return MediaValue(open_media(DOT, store=MediaStore(tmp_path), fetch=None, field="/photo"))


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> MediaValue:
    """A video of 2.5 million bytes."""
    folder = tmp_path_factory.mktemp("film")
    path = sample.write(folder / "film.mp4", 2_500_000)
    return MediaValue(open_media(str(path), store=MediaStore(folder / "store"), fetch=None, field="/video"))
