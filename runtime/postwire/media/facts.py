"""What reading a file's headers tells about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["video", "image", "document"]
Known = int | float | str | bool

TRUNCATED: Final = "The file is truncated: its end is missing. Export or download it again."
NO_VIDEO: Final = "The file has no video in it."
_READABLE: Final = (
    "width",
    "height",
    "seconds",
    "fps",
    "codec",
    "audio_codec",
    "rotation",
    "faststart",
    "edit_list",
)


class Malformed(ValueError):
    """A header contradicts its format; the message becomes `Probe.problem`. Never leaves the package."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The facts of a file; None is "could not check", never "no".

    Attributes:
        kind: what the file is, as far as its first bytes tell.
        width: pixels as shown, that is after rotation.
        height: as width.
        seconds: length of the video track with its edit list applied (sound padding does not count).
        fps: frames a second, on average.
        codec: of the video: h264, hevc, vp8, vp9, av1, prores, …; else the file's own name for it.
        audio_codec: aac, mp3, opus, …; None too when there is no sound.
        rotation: degrees clockwise that players turn the picture: 0, 90, 180 or 270.
        faststart: the index stands before the pictures, so playing can begin while downloading.
        edit_list: the file has edits that matter: several, a pause, another speed, or a cut of over a second
            at the start. The one that encoders write to hide their own delay does not count.
        frames: how many pictures the video has.
        problem: what is wrong with the file, in a sentence for people.
        truncated: the problem is that the file's end is missing, so that no platform can take it.
    """

    kind: Kind | None = None
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    fps: float | None = None
    codec: str | None = None
    audio_codec: str | None = None
    rotation: int | None = None
    faststart: bool | None = None
    edit_list: bool | None = None
    frames: int | None = None
    problem: str | None = None
    truncated: bool = False

    def known(self) -> dict[str, Known]:
        """The facts that expressions may read, without the unknown ones."""
        found = {name: getattr(self, name) for name in _READABLE}
        return {name: value for name, value in found.items() if value is not None}
