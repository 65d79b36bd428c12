"""Makes a picture that is taken of one that is not: upright, on white, without its metadata."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from postwire.media.rules import fits_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image

    from postwire.media.file import Media
    from postwire.media.store import MediaStore

_FORMATS: Final = {"image/jpeg": ("JPEG", ".jpg")}
_PHONES: Final = ("image/heic", "image/heif")  # Pillow reads them with the help of pi-heif
_QUALITY: Final = 92  # of 95; above it files grow and nobody sees a difference


def converted(media: Media, rules: Mapping[str, Any], store: MediaStore) -> Media:
    """*media* as the type that `convert` names, a file of the store's; itself where it is taken as it is.

    What cannot be read as a picture stays as it is too: the rules then say what is taken. Where and when a
    photo was made, and with what, does not go along; its colour profile does. Of an animation the first
    picture is kept.

    Raises:
        ActionFailed: `internal`, when the disk is full or refuses.
    """
    target = rules.get("convert")
    if target is None or media.probe.kind != "image" or fits_type(media, rules["types"]):
        return media
    kind, suffix = _FORMATS[target]
    if media.type in _PHONES and not _reads_phones():
        return media
    content = _encoded(media.path, kind)
    return store.put([content], Path(media.name).stem + suffix, target) if content else media


def lacking(media: Media, rules: Mapping[str, Any]) -> str:
    """What to install so that *media* is converted; "" where that is not what stands in the way."""
    wanted = "convert" in rules and media.type in _PHONES and not fits_type(media, rules["types"])
    if not wanted or _reads_phones():
        return ""
    return "Photos of this type are converted once the extra is there: pip install 'postwire[media]'."


def _reads_phones() -> bool:
    try:
        import pi_heif  # noqa: PLC0415 - an extra
    except ImportError:
        return False
    pi_heif.register_heif_opener()
    return True


def _encoded(path: Path, kind: str) -> bytes:
    """Nothing, where it is no picture, or one that would fill the memory."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - costs 34 ms, and few pictures need it

    made = io.BytesIO()
    bombs = Image.DecompressionBombError, Image.DecompressionBombWarning
    try:
        with Image.open(path) as image:
            profile = image.info.get("icc_profile")
            upright = ImageOps.exif_transpose(image)
            _flat(upright).save(made, kind, quality=_QUALITY, icc_profile=profile, exif=b"")
    except (OSError, EOFError, ValueError, SyntaxError, RuntimeError, *bombs):
        return b""
    return made.getvalue()


def _flat(image: Image) -> Image:
    """In plain colours; what can be seen through lies on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    from PIL import Image as Images  # noqa: PLC0415 - as in _encoded

    clear = image.convert("RGBA")
    ground = Images.new("RGB", clear.size, "white")
    ground.paste(clear, mask=clear.getchannel("A"))
    return ground
