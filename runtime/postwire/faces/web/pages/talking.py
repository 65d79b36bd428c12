"""The comments of a post: read, answered, hidden, shown again, deleted."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from postwire.errors import ActionFailed, PostwireError
from postwire.faces.web.cards import card
from postwire.faces.web.here import page
from postwire.faces.web.pages.reading import ONE, asked, feed_for, page_of, stored_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from postwire.accounts.records import StoredAccount
    from postwire.faces.web.feed import Act
    from postwire.faces.web.here import Here

_COMMENTS: Final = 5


@page
async def comments(here: Here) -> Response:
    """The comments of a post; a POST answers, hides, shows or deletes one first."""
    stored = await stored_of(here)
    post = here.request.query_params.get("post", "")
    done, drafts = "", {}
    failed: dict[str, Any] | None = None
    if here.request.method == "POST":
        try:
            done = await _act(here, stored)
        except PostwireError as error:
            form = await here.form()
            failed, drafts = error.to_dict(), {form.get("comment", ""): form.get("text", "")}
    context = await _comments(here, stored, post)
    context |= {
        "done": done,
        "drafts": drafts,
        "key": secrets.token_urlsafe(9),
        "problem": failed or context["problem"],
    }
    template = "comments" if here.partial else "comments_page"
    return here.render(f"connections/{template}.html", **context)


async def _act(here: Here, stored: StoredAccount) -> str:
    """Do what the form asks for; what has happened, for people."""
    form, reads = await here.form(), feed_for(here, stored)
    talk = reads.talk() if reads else None
    ways: dict[str, tuple[Act | None, str]] = {}
    if talk is not None:
        ways = {
            "reply": (talk.reply, "Your answer is published."),
            "hide": (talk.hide, "The comment is hidden."),
            "show": (talk.show, "The comment is shown again."),
            "delete": (talk.delete, "The comment is deleted."),
        }
    act, done = ways.get(form.get("do", ""), (None, ""))
    if act is None:
        raise ActionFailed("invalid_input", "This cannot be done to comments here.", sent="no")
    comment, replies = form.get("comment", ""), form.get("do") == "reply"
    words = form.get("text", "") if replies else ""
    if replies and not words.strip():
        raise ActionFailed("invalid_input", "An answer needs some words.", remedy="Write one.", sent="no")
    # A form that is sent twice answers once.
    key = f"answer {here.session.id[:16]} {form.get('key', '')}" if replies and form.get("key") else None
    await asked(here, act.action, act.given(comment, words), stored, key)
    return done


async def _comments(here: Here, stored: StoredAccount, post: str) -> dict[str, Any]:
    reads = feed_for(here, stored)
    talk = reads.talk() if reads else None
    found: list[dict[str, Any]] = []
    problem = None
    if talk is not None and post:
        try:
            found = await page_of(here, talk.comments, stored, _COMMENTS, post)
        except PostwireError as error:
            problem = error.to_dict()
    return {
        "card": card(here.site.catalog, stored, here.href()),
        "base": here.href(f"/connections/{stored.id}"),
        "post": post,
        "url": here.request.query_params.get("url", ""),
        "comments": found[:_COMMENTS],
        "more": len(found) > _COMMENTS,
        "talk": talk,
        "problem": problem,
    }


ROUTES = [Route(f"{ONE}/comments", comments, methods=["GET", "POST"])]
