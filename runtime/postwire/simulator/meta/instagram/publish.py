"""Publishing a container, and the quota of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta import processing
from postwire.simulator.meta.ask import Made
from postwire.simulator.meta.instagram.containers import PUBLISH, may_publish
from postwire.simulator.meta.records import Container, Media
from postwire.simulator.meta.refusal import GraphError, invalid
from postwire.simulator.meta.state import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Ask, Kind
    from postwire.simulator.meta.state import Meta

PRODUCTS: Final = {"REELS": "REELS", "STORIES": "STORY"}


def publish(ask: Ask) -> Made:
    """Answer POST /{ig}/media_publish."""
    # Meta sheet 8.4: Publish
    may_publish(ask)
    container = ask.state.objects.get(ask.params.need("creation_id"))
    # Meta sheet 13.3: 24/2207006 (container not found). Sheet silent on a carousel's child: the same.
    if not isinstance(container, Container) or container.owner != ask.node.id or container.child:
        raise GraphError("24/2207006")
    processing.advance_container(ask.state, container)
    if container.status == "IN_PROGRESS":
        raise GraphError("9007/2207027")
    # Meta sheet 15: Simulator recipe (a second publish → 24/2207008). Sheet silent on ERROR: so too.
    if container.status != "FINISHED":
        raise GraphError("24/2207008")
    done = processing.recent(ask.state, "posts", ask.node.id, DAY)
    if len(done) >= ask.state.settings.posts_per_day:
        raise GraphError("9/2207042")
    done.append(ask.now)
    media = _appear(ask.state, container)
    container.status, container.media_id = "PUBLISHED", media.id
    return Made(media, {"id": media.id})


def _appear(state: Meta, container: Container, parent: str = "") -> Media:
    kinds = {"CAROUSEL": "CAROUSEL_ALBUM"}
    usual = "VIDEO" if container.video else "IMAGE"
    media = Media(
        state.new_id("1795"),
        container.owner,
        kinds.get(container.media_type, usual),
        PRODUCTS.get(container.media_type, "FEED"),
        str(container.params.get("caption", "")),
        state.clock.now(),
        str(container.params.get("alt_text", "")),
        params=container.params,
        parent=parent,
    )
    state.keep(media)
    media.children = [_appear(state, child, media.id) for child in container.children]
    return media


def limit(ask: Ask) -> dict[str, Any]:
    """Answer /content_publishing_limit."""
    # Meta sheet 8.6: Quotas (live read; `since` at most 24 h ago)
    ask.need(*PUBLISH)
    since = ask.params.moment("since")
    if since is not None and not ask.now - DAY <= since <= ask.now:
        raise invalid("Param since must be within the last 24 hours.")
    done = processing.recent(ask.state, "posts", ask.node.id, DAY)
    used = sum(1 for moment in done if since is None or moment >= since)
    config = {"quota_total": ask.state.settings.posts_per_day, "quota_duration": DAY}
    wanted = ask.params.text("fields", "quota_usage").split(",")
    whole = {"quota_usage": used, "config": config}
    if unknown := [name for name in wanted if name not in whole]:
        raise invalid(f"Tried accessing nonexisting field ({unknown[0][:80]})")
    return {"data": [{name: whole[name] for name in wanted}]}


KINDS: Mapping[str, Kind] = {}
OPERATIONS = {
    ("account", "media_publish", "POST"): publish,
    ("account", "content_publishing_limit", "GET"): limit,
}
