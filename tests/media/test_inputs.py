"""The media of an input: opened, checked, told of, and let go."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from postwire import ActionFailed
from postwire.language.inputs import InputSchema
from postwire.media import sample
from postwire.media.inputs import Opened
from postwire.media.store import MediaStore
from postwire.media.value import MediaPart, MediaValue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA = {
    "properties": {
        "video": {
            "format": "media",
            "x-media": {"types": ["video/mp4"], "max_seconds": 2, "base64_alias": "b64"},
        },
        "photos": {"type": "array", "items": {"format": "media", "x-media": {"max_bytes": "1KB"}}},
        "any": {"format": "media", "x-media": {"base64_alias": "raw"}},
    }
}
VIDEO = sample.VIDEO.read_bytes()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MediaStore]:
    with MediaStore(tmp_path / "store") as made:
        yield made


def opened(store: MediaStore, given: dict[str, Any], **options: Any) -> tuple[dict[str, Any], Opened]:
    values, places = InputSchema(SCHEMA).prepare(given)
    made = Opened()
    made.open(places, **{"store": store, "fetch": None, "local": True, "download": True, **options})
    return values, made


def left(store: MediaStore) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def test_each_place_becomes_a_file_with_its_facts(store: MediaStore) -> None:
    values, made = opened(store, {"any": VIDEO, "photos": [b"one", b"three"]})
    video = values["any"]
    assert isinstance(video, MediaValue)
    assert (video["size"], video["type"], video.first) == (len(VIDEO), "video/mp4", 0)
    assert video.path.read_bytes() == VIDEO
    assert [photo["size"] for photo in values["photos"]] == [3, 5]
    assert len(left(store)) >= 3
    made.close()
    assert left(store) == []


def test_a_callers_own_file_and_that_of_a_handle_stay(store: MediaStore, tmp_path: Path) -> None:
    own = sample.write(tmp_path / "own.mp4")
    handle = store.put([b"kept"], "kept.bin", "").handle or ""
    values, made = opened(store, {"any": str(own), "photos": [handle]})
    assert values["any"].path == own
    made.close()
    assert own.is_file()
    assert store.get(handle).size == 4


def test_every_mistake_is_gathered_with_its_place(store: MediaStore) -> None:
    _, made = opened(store, {"video": VIDEO, "photos": [b"x", bytes(2000), b""], "any": "/no/such/file"})
    found = {(field.path, field.message.partition(":")[0]) for field in made.mistakes}
    paths = [path for path, _ in found]
    assert sorted(paths) == ["/any", "/photos/1", "/photos/2", "/video"]
    made.close()
    assert left(store) == []


def test_what_cannot_be_checked_is_noted(store: MediaStore) -> None:
    _, made = opened(store, {"video": b"of no known kind"})
    assert made.mistakes == []
    (note,) = made.notes
    assert "Could not check the type, the length" in note
    made.close()


def test_only_an_alias_is_bare_base64_and_it_never_names_a_file(store: MediaStore, tmp_path: Path) -> None:
    values, made = opened(store, {"b64": base64.b64encode(b"content").decode()})
    assert values["video"].path.read_bytes() == b"content"
    made.close()
    _, made = opened(store, {"raw": str(sample.VIDEO)})
    assert [field.path for field in made.mistakes] == ["/any"]
    made.close()


def test_without_local_files_a_path_is_a_mistake(store: MediaStore) -> None:
    _, made = opened(store, {"any": str(sample.VIDEO)}, local=False)
    assert [field.path for field in made.mistakes] == ["/any"]


def test_addresses_are_not_fetched_in_vain(store: MediaStore) -> None:
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Any:
        asked.append(url)
        raise ActionFailed("not_found", "There is nothing.", sent="no")

    given = {"any": "https://media.acme.example/1.mp4", "photos": [b"one"]}
    values, made = opened(store, given, fetch=fetch, download=False)
    assert (asked, made.mistakes, values["any"]) == ([], [], given["any"])
    made.close()
    with pytest.raises(ActionFailed, match="There is nothing"):
        opened(store, given, fetch=fetch)
    assert asked == ["https://media.acme.example/1.mp4"]


def test_a_value_is_a_map_of_facts_and_a_part_a_range(store: MediaStore) -> None:
    values, made = opened(store, {"any": VIDEO})
    video = values["any"]
    assert set(video) >= {"size", "type", "name", "seconds", "width", "sha256"}
    assert len(video) == len(list(video))
    assert len(video["sha256"]) == 64
    assert "size" in video
    assert "path" not in video
    assert repr(video) == f"MediaValue({video.name})"
    part = MediaPart(video, 5, 10)
    assert (part.path, part.first, part.size, part.type) == (video.path, 5, 10, "video/mp4")
    made.close()
