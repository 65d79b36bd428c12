"""What happens to pages, kept for those who ask for notifications or subscribe to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postwire.simulator.linkedin import restli
from postwire.simulator.linkedin.records import Notice

if TYPE_CHECKING:
    from postwire.simulator.linkedin.records import Post
    from postwire.simulator.linkedin.state import LinkedIn

_PAGE = re.compile(r"\]\((urn:li:organization(?:Brand)?:\d+)\)")


def note(state: LinkedIn, page: str, action: str, post: str, made: str) -> None:
    """Note that something happened to a page's post, if it is a page's."""
    if restli.kind_of(page) in {"organization", "organizationBrand"}:
        state.notices.append(Notice(state.number(), page, action, post, made, state.milliseconds()))


def posted(state: LinkedIn, post: Post) -> None:
    """Note what a new post means for pages: it shares their post, or names them."""
    # LinkedIn sheet 9.5: Notifications (SHARE only for PUBLIC posts)
    parent = state.post(post.reshare_of) if post.reshare_of else None
    if parent is not None and post.visibility == "PUBLIC":
        note(state, parent.author, "SHARE", parent.activity, post.activity)
    for page in dict.fromkeys(_PAGE.findall(post.little)):
        note(state, page, "SHARE_MENTION", post.activity, post.activity)
