"""The keys that seal credentials, and where they are kept.

A sealed value is: one byte of format, four of key id, twelve of nonce, then ciphertext and tag of
AES-256-GCM. Its place (table, workspace, row, field, version) is authenticated with it, so a value that is
copied to another row, or put back after a newer one, does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from postwire.accounts.home import create_private, locked, make_private, private_folder, write_private
from postwire.errors import PostwireError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

KEY_SIZE: Final = 32
FORMAT: Final = b"\x01"
ID_SIZE: Final = 4
NONCE_SIZE: Final = 12
HEAD_SIZE: Final = len(FORMAT) + ID_SIZE + NONCE_SIZE
_SERVICE: Final = "postwire"  # under which the operating system's keyring knows us
_MAKE: Final = "Make a key with: openssl rand -base64 32"


class WrongKey(PostwireError):
    """The vault was sealed with a key that we do not have; nothing in it is broken. The operator must act."""


class Unreadable(PostwireError):
    """A sealed value was damaged, or is not where it was sealed; the account must be connected again."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value stands; it opens nowhere else.

    Attributes:
        version: of the credential, so that an older one cannot be put back; 0 where there are no versions.
    """

    table: str
    workspace: str
    row: str
    field: str
    version: int = 0

    def bind(self, form: bytes) -> bytes:
        """The bytes to authenticate; each part with its length, so that no two places give the same."""
        parts = (self.table, self.workspace, self.row, self.field, str(self.version))
        encoded = [part.encode() for part in parts]
        return form + b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


class KeyRing:
    """Keys of 32 bytes: the first seals, every one opens."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._keys = list(dict.fromkeys(keys))
        if not self._keys or any(len(key) != KEY_SIZE for key in self._keys):
            raise ValueError("a key ring needs keys of 32 bytes")
        self._ciphers = {key_id(key): AESGCM(key) for key in self._keys}
        self._newest = key_id(self._keys[0])

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.ids)})"

    @property
    def newest(self) -> str:
        """The id, in hex, of the key that seals."""
        return self._newest.hex()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, newest first."""
        return tuple(key_id(key).hex() for key in self._keys)

    def seal(self, plain: bytes, place: Place) -> bytes:
        """Encrypt *plain* for *place* with the newest key."""
        nonce = os.urandom(NONCE_SIZE)
        body = self._ciphers[self._newest].encrypt(nonce, plain, place.bind(FORMAT))
        return FORMAT + self._newest + nonce + body

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Decrypt what was sealed for *place*.

        Raises:
            WrongKey: the key that sealed it is not in the ring.
            Unreadable: it was changed, or belongs to another place.
        """
        if len(sealed) <= HEAD_SIZE or sealed[:1] != FORMAT:
            raise Unreadable(f"A sealed value in {place.table} has no form that this version knows.")
        number = sealed[1 : 1 + ID_SIZE]
        cipher = self._ciphers.get(number)
        if cipher is None:
            raise wrong_key([number.hex()], self.ids)
        nonce, body = sealed[1 + ID_SIZE : HEAD_SIZE], sealed[HEAD_SIZE:]
        try:
            return cipher.decrypt(nonce, body, place.bind(FORMAT))
        except InvalidTag:
            raise Unreadable(
                f"A sealed value in {place.table} was changed outside Postwire, or moved from another row."
            ) from None

    def with_new_key(self) -> KeyRing:
        """A ring in which a fresh key seals and all of these still open."""
        return KeyRing([os.urandom(KEY_SIZE), *self._keys])

    def without(self, old: Iterable[str]) -> KeyRing:
        """A ring without the keys of these ids; look that nothing is sealed with them any more."""
        gone = set(old)
        return KeyRing(key for key in self._keys if key_id(key).hex() not in gone)

    def export(self) -> str:
        """All keys as text, newest first, one a line: for a backup in a safe place, and `POSTWIRE_KEY`."""
        return "".join(f"{base64.b64encode(key).decode()}\n" for key in self._keys)


def key_id(key: bytes) -> bytes:
    """The four bytes by which sealed values name their key; they do not give it away."""
    return hashlib.sha256(b"postwire key id\0" + key).digest()[:ID_SIZE]


def sealed_with(sealed: bytes) -> str:
    """The id, in hex, of the key that sealed a value."""
    return sealed[1 : 1 + ID_SIZE].hex()


def wrong_key(needed: Iterable[str], have: Iterable[str], source: str = "") -> WrongKey:
    """The error that says which key is needed and which we have, by id."""
    where = f" from {source}" if source else ""
    return WrongKey(
        f"Wrong key: the vault was sealed with key {' or '.join(needed)}, "
        f"the key{where} is {', '.join(have)}.",
        remedy="Give its key by POSTWIRE_KEY or POSTWIRE_KEY_FILE; the stored accounts are intact.",
    )


@dataclass(frozen=True, slots=True)
class Keys:
    """A key ring and where it came from.

    Attributes:
        source: for people, such as `the file …/vault.key`.
        created: it was made just now: tell the operator that losing it loses every connection.
    """

    ring: KeyRing
    source: str
    created: bool = False


def parse_keys(text: str, source: str) -> KeyRing:
    """The ring that *text* holds: keys in base64 or hex, newest first, between them spaces, commas or lines.

    Raises:
        WrongKey: there is none, or one is not of 32 bytes; the text is not repeated.
    """
    words = text.replace(",", " ").split()
    keys = [_decode(word) for word in words]
    if not keys or any(len(key) != KEY_SIZE for key in keys):
        raise WrongKey(f"{source} holds no key of 32 bytes in base64 or hex.", remedy=_MAKE)
    return KeyRing(keys)


def _decode(word: str) -> bytes:
    try:
        if len(word) == 2 * KEY_SIZE:
            return bytes.fromhex(word)
        return base64.b64decode(word.translate({45: 43, 95: 47}) + "=" * (-len(word) % 4), validate=True)
    except (ValueError, binascii.Error):
        return b""


def load_keys(folder: Path, *, create: bool, environ: Mapping[str, str] | None = None) -> Keys | None:
    """The keys, from the first place that has any.

    The places are `POSTWIRE_KEY`, the file that `POSTWIRE_KEY_FILE` names, the operating system's keyring (if
    the `keyring` extra is installed and a keyring runs), and `vault.key` in *folder*.

    Args:
        folder: the data folder.
        create: where no place has a key, make one: in the keyring if there is one, else in the file.
        environ: instead of the process's environment.

    Raises:
        WrongKey: a place has something that is no key.
    """
    if (given := _from_environment(os.environ if environ is None else environ)) is not None:
        return given
    with locked(private_folder(folder) / ".key.lock"):  # or two would make two keys
        for place in (_Keyring(folder), _File(folder)):
            if text := place.read():
                return Keys(parse_keys(text, place.name), place.name)
        return _create(folder) if create else None


def store_keys(folder: Path, ring: KeyRing, environ: Mapping[str, str] | None = None) -> str:
    """Keep *ring* where the present keys are, and say where that is.

    Raises:
        WrongKey: they come from the environment, which only the operator can change.
    """
    if (given := _from_environment(os.environ if environ is None else environ)) is not None:
        raise WrongKey(
            f"The keys come from {given.source}, which Postwire cannot change.",
            remedy=f"Put the new key in front of the old ones there yourself. {_MAKE}",
        )
    with locked(private_folder(folder) / ".key.lock"):
        keyring, file = _Keyring(folder), _File(folder)
        place = keyring if keyring.read() else file
        place.write(ring.export())
        return place.name


def _from_environment(environ: Mapping[str, str]) -> Keys | None:
    if text := environ.get("POSTWIRE_KEY"):
        return Keys(parse_keys(text, "POSTWIRE_KEY"), "POSTWIRE_KEY")
    if name := environ.get("POSTWIRE_KEY_FILE"):
        source = f"the file {name}"
        try:
            with open(name, encoding="utf-8") as file:  # noqa: PTH123 - a pipe such as /dev/fd/3 is good too
                return Keys(parse_keys(file.read(), source), source)
        except OSError as error:
            raise WrongKey(
                f"POSTWIRE_KEY_FILE cannot be read: {error.strerror}.", remedy="Check its path and rights."
            ) from error
    return None


def _create(folder: Path) -> Keys:
    ring = KeyRing([os.urandom(KEY_SIZE)])
    keyring, file = _Keyring(folder), _File(folder)
    place = keyring if keyring.write(ring.export()) else file
    if place is file:
        file.write(ring.export())
    return Keys(ring, place.name, created=True)


class _File:
    """The key file of the data folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "vault.key"
        self.name = f"the file {self._path}"

    def read(self) -> str:
        make_private(self._path)
        return self._path.read_text() if self._path.exists() else ""

    def write(self, text: str) -> bool:
        if not create_private(self._path, text.encode()):
            draft = self._path.with_suffix(f".{os.getpid()}")
            write_private(draft, text.encode())
            draft.replace(self._path)
        return True


class _Keyring:
    """The operating system's keyring; whatever hinders its use (no package, no session) means: no key."""

    name = "the keyring of the operating system"

    def __init__(self, folder: Path) -> None:
        self._user = str(folder)
        self._keyring = _installed_keyring()

    def read(self) -> str:
        try:
            return (self._keyring.get_password(_SERVICE, self._user) or "") if self._keyring else ""
        except Exception:  # noqa: BLE001 - each backend fails in its own way
            return ""

    def write(self, text: str) -> bool:
        try:
            self._keyring.set_password(_SERVICE, self._user, text)
        except Exception:  # noqa: BLE001 - as above, and None has no such method
            return False
        return self.read() == text


def _installed_keyring() -> Any:
    try:
        import keyring  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415 - optional
    except ImportError:
        return None
    return keyring
