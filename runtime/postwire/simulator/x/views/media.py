"""What media, polls and places look like in answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postwire.simulator.x.params import iso
from postwire.simulator.x.refusal import withheld_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.x.lens import Field, Lens, Shown
    from postwire.simulator.x.records import Media, Poll

MONTH = 30 * 86_400  # seconds; how long private metrics are told
PRIVATE = ("non_public_metrics", "organic_metrics", "promoted_metrics")


def media(lens: Lens, file: Media) -> Shown:
    """Show a media file."""
    shown = lens.show("media", MEDIA_FIELDS, file)
    for name in PRIVATE[:2]:
        if lens.wants("media", name):
            _private_media(lens, file, name, shown)
    return shown


def _private_media(lens: Lens, file: Media, name: str, shown: Shown) -> None:
    # X sheet 9: media non_public/organic/promoted_metrics (of videos)
    if lens.viewer != file.owner_id or file.created_at < lens.x.clock.now() - MONTH:
        lens.note(withheld_field(name, file.key, "media"))
    elif file.kind == "video":
        played = {f"playback_{part}_count": file.views for part in (0, 25, 50, 75, 100)}
        shown[name] = played | ({"view_count": file.views} if name == "organic_metrics" else {})


def _variants(_lens: Lens, file: Media) -> list[Shown]:
    if file.kind == "photo":
        return []
    url = f"https://video.twimg.com/{file.id}/vid.mp4"
    return [{"bit_rate": 2_176_000, "content_type": "video/mp4", "url": url}]


# Widths, heights and lengths are not measured: the simulator does not decode files.
MEDIA_FIELDS: Mapping[str, Field] = {
    "media_key": lambda _, file: file.key,
    "type": lambda _, file: file.kind,
    "alt_text": lambda _, file: file.alt_text,
    "duration_ms": lambda _, file: 10_000 if file.kind == "video" else None,
    "height": lambda _lens, _file: 675,
    "width": lambda _lens, _file: 1_200,
    "preview_image_url": lambda _, file: (
        f"https://pbs.twimg.com/media/{file.id}_thumb.jpg" if file.kind != "photo" else None
    ),
    "public_metrics": lambda _, file: {"view_count": file.views} if file.kind == "video" else None,
    "url": lambda _, file: f"https://pbs.twimg.com/media/{file.id}.jpg" if file.kind == "photo" else None,
    "variants": _variants,
}
POLL_FIELDS: Mapping[str, Field] = {
    "id": lambda _, poll: poll.id,
    "options": lambda _, poll: [
        {"position": number, "label": label, "votes": votes}
        for number, (label, votes) in enumerate(zip(poll.options, poll.votes, strict=True), 1)
    ],
    "duration_minutes": lambda _, poll: poll.minutes,
    "end_datetime": lambda _, poll: iso(poll.ends_at),
    "voting_status": lambda lens, poll: "open" if poll.ends_at > lens.x.clock.now() else "closed",
}
# Sheet silent on which places there are: any id is one.
PLACE_FIELDS: Mapping[str, Field] = {
    "id": lambda _, place: place,
    "full_name": lambda _, place: f"Simulated place {place}",
    "name": lambda _lens, _place: "Simulated place",
    "country": lambda _lens, _place: "Simulation",
    "country_code": lambda _lens, _place: "XX",
    "place_type": lambda _lens, _place: "city",
}


def poll(lens: Lens, one: Poll) -> Shown:
    """Show a poll."""
    return lens.show("poll", POLL_FIELDS, one)
