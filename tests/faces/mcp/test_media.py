"""Files in calls: what may be named, what may be sent along, and what is refused without being looked at."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from postwire.faces.mcp.settings import INLINE
from postwire.media import sample

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Desk, Session

POST = {"privacy_level": "SELF_ONLY"}
SMALL = base64.b64encode(sample.VIDEO.read_bytes()).decode()
LARGE = base64.b64encode(bytes(INLINE + 1000)).decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose files may be named, beside one whose may not."""
    (tmp_path / "open").mkdir()
    (tmp_path / "closed").mkdir()
    for place in ("open", "closed"):
        (tmp_path / place / "clip.mp4").write_bytes(sample.VIDEO.read_bytes())
    (tmp_path / "open" / "link.mp4").symlink_to(tmp_path / "closed" / "clip.mp4")
    return tmp_path / "open"


@pytest.mark.parametrize("name", ["clip.mp4", "../open/clip.mp4"])
def test_a_file_in_an_open_folder(desk: Desk, folder: Path, name: str) -> None:
    async def what(session: Session) -> None:
        assert not (await session.call("tiktok_create_video_post", video=str(folder / name), **POST)).is_error

    desk.talk(what, roots=(folder,))


@pytest.mark.parametrize(
    "name", ["../closed/clip.mp4", "link.mp4", "missing.mp4", ".", "a\0b", "~nobody/clip.mp4"]
)
@pytest.mark.parametrize("allowed", [True, False])
def test_any_other_file_is_not_there(desk: Desk, folder: Path, name: str, allowed: bool) -> None:
    async def what(session: Session) -> None:
        error = await session.failed("tiktok_create_video_post", video=str(folder / name), **POST)
        assert error["code"] == "invalid_input"
        (field,) = error["field_errors"]
        assert field["path"] == "/video"
        error = await session.failed("media_upload", source=str(folder / name))
        assert error["code"] == "invalid_input"

    desk.talk(what, roots=(folder,) if allowed else ())


@pytest.mark.parametrize(
    "given",
    [
        {"video": f"data:video/mp4;base64,{SMALL}"},
        {"video": {"content": SMALL, "name": "clip.mp4"}},
        {"video_content_base64": SMALL},
    ],
)
def test_small_content_may_come_along(desk: Desk, given: dict[str, object]) -> None:
    async def what(session: Session) -> None:
        done = await session.call("tiktok_create_video_post", **given, **POST)
        assert not done.is_error, done

    desk.talk(what)


@pytest.mark.parametrize(
    "given",
    [
        {"video": f"data:video/mp4;base64,{LARGE}"},
        {"video": {"content": LARGE, "name": "clip.mp4"}},
        {"video_content_base64": LARGE},
    ],
)
def test_large_content_is_refused_and_not_repeated(desk: Desk, given: dict[str, object]) -> None:
    async def what(session: Session) -> None:
        error = await session.failed("tiktok_create_video_post", **given, **POST)
        (field,) = error["field_errors"]
        assert "media_" in field["expected"]
        assert len(repr(error)) < 2000

    desk.talk(what)


def test_a_file_is_taken_in_once_and_used_by_its_handle(desk: Desk, era: str, folder: Path) -> None:
    async def what(session: Session) -> None:
        taken = await session.call("media_upload", source=str(folder / "clip.mp4"), name="boats.mp4")
        about = taken.structured_content
        assert about is not None
        assert about["type"] == "video/mp4"
        assert about["size"] == sample.VIDEO.stat().st_size
        assert about["seconds"] > 0
        (folder / "clip.mp4").unlink()
        done = await session.call("tiktok_create_video_post", video=about["media"], **POST)
        assert not done.is_error, done

    desk.talk(what, era=era, roots=(folder,))


def test_addresses_on_this_machine_are_not_fetched(desk: Desk) -> None:
    async def what(session: Session) -> None:
        error = await session.failed("media_upload", source=f"{desk.served.origin}/secret")
        assert error["outcome"] == "not_sent"

    desk.talk(what)
