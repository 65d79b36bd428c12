"""What is already there when the simulator starts: posts, comments and a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postwire.simulator.meta.records import (
    Album,
    Audio,
    Comment,
    Conversation,
    Media,
    Message,
    Post,
    Remark,
    Visitor,
)

if TYPE_CHECKING:
    from postwire.simulator.meta.state import Meta

DAY = 86_400
VISITORS = (
    ("6001", "Vera Visitor", "veravisits", "860100000000001"),
    ("6002", "Gus Guest", "gusguest", "860100000000002"),
)


def fill(state: Meta) -> None:
    """Give the first Page and the first Instagram account some life."""
    for visitor in VISITORS:
        state.keep(Visitor(*visitor))
    page = state.settings.pages[0].id if state.settings.pages else ""
    account = state.settings.accounts[0].id if state.settings.accounts else ""
    if page:
        _page(state, page)
    if account:
        _account(state, account)


def _page(state: Meta, page: str) -> None:
    now = state.clock.now()
    for number in (1, 2):
        post = Post(f"{page}_{2018 + number}", page, f"Sample {number}", now - (3 - number) * DAY)
        post.author = page
        post.app_id = state.settings.apps[0].id
        state.keep(post)
    state.keep(Comment("2020_7070", page, f"{page}_2020", "Lovely!", "6001", "Vera Visitor", now - DAY / 2))
    state.keep(Post(f"{page}_2030", page, "Are you open today?", now - DAY / 4, author="6002"))
    state.keep(Album("8080", page, "Shop window", now - 9 * DAY))
    _talk(state, page, "messenger", "6001")


def _account(state: Meta, account: str) -> None:
    now = state.clock.now()
    first = "17950000000000101"
    state.keep(Media(first, account, "IMAGE", "FEED", "Sample one #bread", now - 2 * DAY))
    state.keep(Media("17950000000000102", account, "VIDEO", "REELS", "Sample two", now - DAY))
    state.keep(Remark("17870000000000101", account, first, "Nice!", "6001", "veravisits", now - DAY))
    _talk(state, account, "instagram", "860100000000001")
    foreign = Media("17950000000000901", "6002", "IMAGE", "FEED", "With @harborbakery", now - DAY / 3)
    foreign.mentions = foreign.tagged = account
    state.keep(foreign)
    state.keep(Audio("9900000000000001", "Sim Song", "The Simulators"))


def _talk(state: Meta, owner: str, platform: str, visitor: str) -> None:
    now = state.clock.now()
    talk = Conversation(f"t_{owner}{visitor}", owner, platform, visitor)
    state.keep(talk)
    message = Message(f"m_{owner}{visitor}", owner, talk.id, visitor, owner, "Hello!", now - 3_600)
    talk.messages.append(state.keep(message))
