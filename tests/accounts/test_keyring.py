"""Keys: what is sealed opens in its place alone, with the right key alone; and where keys are kept."""

from __future__ import annotations

import base64
import json
import os
import stat
import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.accounts.home import create_private, data_folder, private_folder
from postwire.accounts.keyring import (
    HEAD_SIZE,
    KeyRing,
    Place,
    Unreadable,
    WrongKey,
    load_keys,
    parse_keys,
    sealed_with,
    store_keys,
)

if TYPE_CHECKING:
    from collections.abc import Callable

OLD, NEW = b"o" * 32, b"n" * 32
PLACE = Place("accounts", "default", "acc_1", "sealed", 3)
RING = KeyRing([NEW, OLD])
TEXT = base64.b64encode(NEW).decode()


@given(st.binary(), st.text(), st.text(), st.integers(min_value=0))
def test_what_is_sealed_opens(plain: bytes, workspace: str, row: str, version: int) -> None:
    place = Place("accounts", workspace, row, "sealed", version)
    assert RING.open(RING.seal(plain, place), place) == plain


@pytest.mark.parametrize(
    "other",
    [
        replace(PLACE, table="apps"),
        replace(PLACE, workspace="another"),
        replace(PLACE, row="acc_2"),
        replace(PLACE, field="other"),
        replace(PLACE, version=2),
        replace(PLACE, workspace="defaulta", row="cc_1"),  # the same letters, cut elsewhere
    ],
)
def test_it_opens_in_no_other_place(other: Place) -> None:
    with pytest.raises(Unreadable):
        RING.open(RING.seal(b"token", PLACE), other)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_byte_of_it_can_be_changed(at: int, change: int) -> None:
    sealed = bytearray(RING.seal(b"token", PLACE))
    sealed[at % len(sealed)] ^= change
    with pytest.raises((Unreadable, WrongKey)):
        RING.open(bytes(sealed), PLACE)


@given(st.binary(max_size=HEAD_SIZE + 20))
def test_rubbish_does_not_open(rubbish: bytes) -> None:
    with pytest.raises((Unreadable, WrongKey)):
        RING.open(rubbish, PLACE)


def test_the_form_is_version_key_id_nonce_ciphertext_and_tag() -> None:
    sealed = RING.seal(b"token", PLACE)
    assert sealed[:1] == b"\x01"
    assert sealed[1:5].hex() == RING.newest == sealed_with(sealed)
    assert len(sealed) == 1 + 4 + 12 + len(b"token") + 16
    assert sealed[5:17] != RING.seal(b"token", PLACE)[5:17]


def test_the_first_key_seals_and_all_of_them_open() -> None:
    before = KeyRing([OLD]).seal(b"token", PLACE)
    assert RING.open(before, PLACE) == b"token"
    assert sealed_with(RING.seal(b"token", PLACE)) == KeyRing([NEW]).newest


def test_a_missing_key_is_called_a_wrong_key_by_its_id() -> None:
    sealed = KeyRing([OLD]).seal(b"token", PLACE)
    with pytest.raises(WrongKey, match=f"Wrong key.* {KeyRing([OLD]).newest}.* {KeyRing([NEW]).newest}"):
        KeyRing([NEW]).open(sealed, PLACE)


def test_a_key_is_added_and_the_old_one_dropped() -> None:
    old = KeyRing([OLD])
    both = old.with_new_key()
    assert both.newest != old.newest
    assert both.ids[1:] == old.ids
    assert both.without(old.ids).ids == (both.newest,)
    assert parse_keys(both.export(), "test").ids == both.ids


def test_a_ring_shows_ids_and_no_key() -> None:
    assert repr(RING) == f"KeyRing({RING.newest}, {RING.ids[1]})"


@pytest.mark.parametrize("keys", [[], [b"short"], [NEW, b"k" * 33]])
def test_a_ring_needs_keys_of_the_right_size(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing(keys)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.rstrip("="),
        f"\n  {TEXT}\n",
        NEW.hex(),
        f"{TEXT},{OLD.hex()}",
        f"{TEXT}\n{base64.b64encode(OLD).decode()}\n",
        f"{TEXT} {base64.b64encode(OLD).decode()}",
    ],
)
def test_keys_are_read_from_text(text: str) -> None:
    ring = parse_keys(text, "test")
    assert ring.newest == KeyRing([NEW]).newest
    assert set(ring.ids) <= set(RING.ids)


def test_a_key_may_be_in_the_alphabet_for_addresses() -> None:
    key = b"\xff\xfe" * 16
    text = base64.urlsafe_b64encode(key).decode()
    assert "_" in text
    assert parse_keys(text, "test").ids == KeyRing([key]).ids


@pytest.mark.parametrize("text", ["", "  \n", "hunter2secret", f"{TEXT},hunter2secret", "zz" * 32, "ab" * 16])
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(WrongKey, match="THE_SOURCE holds no key of 32 bytes") as caught:
        parse_keys(text, "THE_SOURCE")
    assert "hunter2" not in str(caught.value.to_dict())
    assert "openssl" in caught.value.remedy


# Where they come from


class OsKeyring(types.ModuleType):
    """The `keyring` package, with a keyring that works, or does not."""

    def __init__(self, *, works: bool = True) -> None:
        super().__init__("keyring")
        self.works = works
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, user: str) -> str | None:
        if not self.works:
            raise RuntimeError("No recommended backend was available.")
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        if not self.works:
            raise RuntimeError("No recommended backend was available.")
        self.kept[service, user] = password


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def os_keyring(monkeypatch: pytest.MonkeyPatch) -> OsKeyring:
    found = OsKeyring()
    monkeypatch.setitem(sys.modules, "keyring", found)
    return found


def test_the_first_start_makes_a_private_key_file(no_keyring: None, tmp_path: Path) -> None:
    folder = tmp_path / "postwire"
    first = load_keys(folder, create=True, environ={})
    again = load_keys(folder, create=True, environ={})
    assert first is not None
    assert again is not None
    assert (first.created, again.created) == (True, False)
    assert first.ring.ids == again.ring.ids
    assert first.source == f"the file {folder / 'vault.key'}"
    assert stat.S_IMODE((folder / "vault.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir()) == [".key.lock", "vault.key"]


def test_a_key_file_that_others_can_read_is_closed_to_them(no_keyring: None, tmp_path: Path) -> None:
    (tmp_path / "vault.key").write_text(TEXT)
    (tmp_path / "vault.key").chmod(0o644)
    load_keys(tmp_path, create=False, environ={})
    assert stat.S_IMODE((tmp_path / "vault.key").stat().st_mode) == 0o600


def test_without_leave_no_key_is_made(os_keyring: OsKeyring, tmp_path: Path) -> None:
    assert load_keys(tmp_path, create=False, environ={}) is None
    assert not os_keyring.kept
    assert not (tmp_path / "vault.key").exists()


def test_the_environment_comes_first_then_the_keyring_then_the_file(
    os_keyring: OsKeyring, tmp_path: Path
) -> None:
    named = tmp_path / "named"
    keys = {name: KeyRing([bytes([65 + number]) * 32]) for number, name in enumerate("abcd")}
    named.write_text(keys["b"].export())
    os_keyring.kept["postwire", str(tmp_path)] = keys["c"].export()
    (tmp_path / "vault.key").write_text(keys["d"].export())
    environ = {"POSTWIRE_KEY": keys["a"].export(), "POSTWIRE_KEY_FILE": str(named)}

    found = []
    for gone in ("POSTWIRE_KEY", "POSTWIRE_KEY_FILE", "keyring", "nothing"):
        loaded = load_keys(tmp_path, create=True, environ=environ)
        assert loaded is not None
        found.append((loaded.ring.newest, loaded.source))
        environ.pop(gone, None)
        if gone == "keyring":
            os_keyring.kept.clear()
    assert found == [
        (keys["a"].newest, "POSTWIRE_KEY"),
        (keys["b"].newest, f"the file {named}"),
        (keys["c"].newest, "the keyring of the operating system"),
        (keys["d"].newest, f"the file {tmp_path / 'vault.key'}"),
    ]


def test_a_new_key_goes_to_the_keyring_where_there_is_one(os_keyring: OsKeyring, tmp_path: Path) -> None:
    made = load_keys(tmp_path, create=True, environ={})
    assert made is not None
    assert made.source == "the keyring of the operating system"
    assert not (tmp_path / "vault.key").exists()
    again = load_keys(tmp_path, create=True, environ={})
    assert again is not None
    assert again.ring.ids == made.ring.ids


def test_a_keyring_that_does_not_work_is_passed_over_quietly(
    os_keyring: OsKeyring, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    os_keyring.works = False
    made = load_keys(tmp_path, create=True, environ={})
    assert made is not None
    assert made.source == f"the file {tmp_path / 'vault.key'}"
    assert capfd.readouterr() == ("", "")


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongKey, match="POSTWIRE_KEY_FILE cannot be read: No such file"):
        load_keys(tmp_path, create=True, environ={"POSTWIRE_KEY_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize("works", [True, False])
def test_a_rotated_ring_is_kept_where_the_old_one_was(
    os_keyring: OsKeyring, tmp_path: Path, *, works: bool
) -> None:
    os_keyring.works = works
    first = load_keys(tmp_path, create=True, environ={})
    assert first is not None
    ring = first.ring.with_new_key()
    assert store_keys(tmp_path, ring, environ={}) == first.source
    again = load_keys(tmp_path, create=False, environ={})
    assert again is not None
    assert again.ring.ids == ring.ids


def test_keys_of_the_environment_are_for_the_operator_to_change(tmp_path: Path) -> None:
    with pytest.raises(WrongKey, match="which Postwire cannot change"):
        store_keys(tmp_path, RING, environ={"POSTWIRE_KEY": TEXT})


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_processes_that_start_together_make_one_key(race: Callable[..., list[str]]) -> None:
    found = [result.split() for result in race("key", 6)]
    assert len({key for key, _ in found}) == 1
    assert sorted(created for _, created in found) == ["False"] * 5 + ["True"]


# The data folder


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {}, "~/.local/share/postwire"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/postwire"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "~/.local/share/postwire"),
        ("linux", {"POSTWIRE_HOME": "/srv/pw", "XDG_DATA_HOME": "/data"}, "/srv/pw"),
        ("linux", {"POSTWIRE_HOME": "~/pw"}, "~/pw"),
        ("darwin", {}, "~/Library/Application Support/postwire"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/postwire"),
    ],
)
def test_the_data_folder(
    platform: str, environ: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert data_folder(environ) == Path(folder).expanduser()


def test_a_private_folder_closes_one_that_was_open(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    assert stat.S_IMODE(private_folder(tmp_path / "open").stat().st_mode) == 0o700


def test_a_private_file_is_made_once_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    before = os.umask(0)
    try:
        made = [create_private(path, b"first"), create_private(path, b"second")]
    finally:
        os.umask(before)
    assert made == [True, False]
    assert path.read_bytes() == b"first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.dumps([each.name for each in tmp_path.iterdir()]) == '["file"]'
