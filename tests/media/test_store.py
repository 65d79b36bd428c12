"""The store: private files under unguessable names, none left behind."""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from postwire.errors import ActionFailed
from postwire.media import sample, store
from postwire.media.file import TooLarge, side_of
from postwire.media.store import HANDLE, MediaStore

if TYPE_CHECKING:
    from collections.abc import Iterator

VIDEO = sample.VIDEO.read_bytes()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_stored_file_has_all_its_facts_and_is_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        keep = MediaStore(tmp_path / "media")
        media = keep.put([VIDEO[:1000], memoryview(VIDEO)[1000:]], "../My clip.mp4", "image/png")
    finally:
        os.umask(old)
    assert media.path.read_bytes() == VIDEO
    assert (media.size, media.type, media.name, media.owned) == (len(VIDEO), "video/mp4", "My clip.mp4", True)
    assert media.sha256 == hashlib.sha256(VIDEO).hexdigest()
    assert media.probe.seconds == 3.0
    assert HANDLE.fullmatch(str(media.handle))
    assert [mode(p) for p in (keep.folder, media.path, side_of(media.path))] == [0o700, 0o600, 0o600]
    media.check_unchanged()


def test_a_name_without_extension_gets_one(tmp_path: Path) -> None:
    keep = MediaStore(tmp_path)
    assert keep.put([VIDEO]).name == "media.mp4"
    assert keep.put([VIDEO], "clip").name == "clip.mp4"
    assert keep.put([b"????"], "clip").name in {"clip.bin", "clip"}


def test_handles_are_good_in_another_process(tmp_path: Path) -> None:
    media = MediaStore(tmp_path).put([VIDEO], "clip.mp4")
    again = MediaStore(tmp_path).get(str(media.handle))
    assert again == media
    assert again.sha256 == media.sha256


@pytest.mark.parametrize(
    "handle",
    [
        "media_" + "0" * 32,
        "media_",
        "../secret",
        "media_" + "0" * 31 + "/",
        "media_" + "0" * 32 + ".json",
        "",
        "\0",
    ],
)
def test_an_unknown_handle_is_a_key_error_that_does_not_repeat_it(handle: str, tmp_path: Path) -> None:
    (tmp_path.parent / "secret").write_text("x")
    with pytest.raises(KeyError) as caught:
        MediaStore(tmp_path).get(handle)
    assert not handle or handle not in str(caught.value)


@pytest.mark.parametrize("damage", ["", "{", "null", '{"type": "video/mp4"}', "[]"])
def test_a_handle_whose_notes_are_damaged_is_unknown(damage: str, tmp_path: Path) -> None:
    media = MediaStore(tmp_path).put([VIDEO])
    side_of(media.path).write_text(damage)
    with pytest.raises(KeyError, match="unknown"):
        MediaStore(tmp_path).get(str(media.handle))


def test_handles_do_not_repeat(tmp_path: Path) -> None:
    keep = MediaStore(tmp_path)
    assert len({keep.put([b"x"]).handle for _ in range(50)}) == 50


def test_discard_by_handle_and_by_value(tmp_path: Path) -> None:
    keep = MediaStore(tmp_path)
    first, second = keep.put([VIDEO]), keep.put([VIDEO])
    keep.discard(first)
    keep.discard(str(second.handle))
    keep.discard(str(second.handle))
    assert names(tmp_path) == []
    with pytest.raises(KeyError):
        keep.discard("clip.mp4")


def broken(error: BaseException) -> Iterator[bytes]:
    yield b"x" * 1000
    raise error


@pytest.mark.parametrize("error", [ConnectionError(), ValueError(), KeyboardInterrupt(), GeneratorExit()])
def test_a_source_that_breaks_leaves_nothing_and_keeps_its_error(
    error: BaseException, tmp_path: Path
) -> None:
    with pytest.raises(type(error)) as caught:
        MediaStore(tmp_path).put(broken(error))
    assert caught.value is error
    assert names(tmp_path) == []


def test_the_limit_stops_an_endless_source(tmp_path: Path) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 1000

    with pytest.raises(TooLarge):
        MediaStore(tmp_path).put(endless(), limit=10_000)
    assert taken == 11
    assert names(tmp_path) == []


def test_an_expected_size_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        MediaStore(tmp_path).put(broken(AssertionError()), expected=11, limit=10)
    assert MediaStore(tmp_path).put([b"x" * 10], expected=10, limit=10).size == 10


def disk(monkeypatch: pytest.MonkeyPatch, *free: int) -> list[int]:
    left = list(free)
    monkeypatch.setattr("postwire.media.store.shutil.disk_usage", lambda _: SimpleNamespace(free=left.pop(0)))
    return left


def test_a_full_disk_is_found_out_before_the_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk(monkeypatch, 5_000_000_000 + store.RESERVE - 1)
    with pytest.raises(ActionFailed, match=r"needs 5\.1 GB .* 5\.1 GB are free") as caught:
        MediaStore(tmp_path).put(broken(AssertionError()), expected=5_000_000_000)
    assert (caught.value.code, caught.value.sent) == ("internal", "no")
    assert "Free space" in caught.value.remedy
    assert names(tmp_path) == []


def test_a_disk_that_fills_up_meanwhile_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = disk(monkeypatch, 1 << 40, 1 << 40, 1000)
    piece = bytes(1_000_000)
    with pytest.raises(ActionFailed, match="too full"):
        MediaStore(tmp_path).put(piece for _ in range(200))
    assert left == []
    assert names(tmp_path) == []


def test_a_write_that_fails_is_our_error_not_the_source_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_number: int, _data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "os", SimpleNamespace(**{**vars(os), "write": full}))
    with pytest.raises(ActionFailed, match="No space left on device"):
        MediaStore(tmp_path).put([b"x"])
    assert names(tmp_path) == []


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = {**vars(os), "write": lambda number, data: os.write(number, data[:7])}
    monkeypatch.setattr(store, "os", SimpleNamespace(**short))
    assert MediaStore(tmp_path).put([VIDEO[:1000]]).path.read_bytes() == VIDEO[:1000]


def test_nobody_s_file_is_written_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postwire.media.store.secrets.token_hex", lambda _: "0" * 32)
    target = tmp_path / "target"
    target.write_text("mine")
    keep = MediaStore(tmp_path / "media")
    (keep.folder / ("media_" + "0" * 32)).symlink_to(target)
    with pytest.raises(ActionFailed, match="File exists"):
        keep.put([b"x"])
    assert target.read_text() == "mine"


def test_a_file_made_elsewhere_is_taken_over(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(VIDEO)
    part.chmod(0o644)
    media = MediaStore(tmp_path / "media").adopt(part, "abc", "clip", "image/png")
    assert not part.exists()
    assert (media.size, media.type, media.name, media.sha256) == (len(VIDEO), "video/mp4", "clip.mp4", "abc")
    assert mode(media.path) == 0o600


def test_taking_over_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = tmp_path / "part"
    part.write_bytes(VIDEO)

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(store, "probe", refuse)
    keep = MediaStore(tmp_path / "media")
    with pytest.raises(ActionFailed, match="Input/output error"):
        keep.adopt(part, "abc")
    assert names(keep.folder) == []
    assert not part.exists()
    with pytest.raises(ActionFailed, match="No such file"):
        keep.adopt(part, "abc")


def test_sweeping_takes_only_what_is_old_and_ours(tmp_path: Path) -> None:
    keep = MediaStore(tmp_path)
    old, new = keep.put([VIDEO]), keep.put([VIDEO])
    (tmp_path / "postwire-x1.part").write_text("left by a process that was killed")
    (tmp_path / "notes.txt").write_text("mine")
    for path in (old.path, side_of(old.path), tmp_path / "postwire-x1.part", tmp_path / "notes.txt"):
        os.utime(path, (1, 1))
    assert keep.sweep(3600) == 2
    assert names(tmp_path) == sorted([new.path.name, side_of(new.path).name, "notes.txt"])


def test_sweeping_beside_another_sweeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = MediaStore(tmp_path)
    media = keep.put([VIDEO])
    gone = tmp_path / ("media_" + "1" * 32)
    monkeypatch.setattr(type(tmp_path), "glob", lambda *_: iter([gone, media.path]))
    assert keep.sweep(3600) == 0
    assert media.path.exists()


def test_a_temporary_folder_goes_at_close_and_a_given_one_stays(tmp_path: Path) -> None:
    with MediaStore() as keep:
        media = keep.put([VIDEO])
        folder = keep.folder
        assert mode(folder) == 0o700
    assert not folder.exists()
    media.discard()
    with MediaStore(tmp_path) as given:
        media = given.put([VIDEO])
    assert media.path.exists()


def test_a_forgotten_store_cleans_up() -> None:
    keep = MediaStore()
    folder = keep.folder
    keep.put([VIDEO])
    del keep
    gc.collect()
    assert not folder.exists()


def test_the_end_of_the_program_cleans_up() -> None:
    code = (
        "from postwire.media.store import MediaStore as M\nkeep = M()\nkeep.put([b'x'])\nprint(keep.folder)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(store.__file__).parents[2])}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    assert "postwire-media-" in run.stdout
    assert not Path(run.stdout.strip()).exists()


def test_a_forked_child_does_not_take_its_parent_s_files(tmp_path: Path) -> None:
    store._remove(tmp_path, os.getpid() + 1)
    assert tmp_path.exists()


def test_threads_share_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    second = threading.Event()

    def slow(**_: str) -> str:
        made.append(tmp_path / f"folder{len(made)}")
        if len(made) > 1:
            second.set()
        second.wait(0.2)  # gives another thread the time to come here too, if nothing holds it
        return str(made[-1])

    monkeypatch.setattr("postwire.media.store.tempfile.mkdtemp", slow)
    with MediaStore() as keep:
        threads = [threading.Thread(target=keep.put, args=([b"x"],)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 1
        assert len(names(made[0])) == 8


def test_the_notes_hold_nothing_but_name_type_and_checksum(tmp_path: Path) -> None:
    media = MediaStore(tmp_path).put([VIDEO], "clip.mp4")
    assert json.loads(side_of(media.path).read_text()).keys() == {"name", "type", "sha256"}
