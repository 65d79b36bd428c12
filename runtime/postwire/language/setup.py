"""The words for people: how a platform looks to them, what they need before they connect an account."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from postwire.language.word import Text, Word


class Link(Word):
    """A page of the platform that people are sent to."""

    label: Text
    url: Annotated[str, Field(pattern=r"^https://[^\s]+$")]


class Requirement(Word):
    """Something that must be so before an account can be connected."""

    title: Text
    text: str = ""
    link: Link | None = None


class Phone(Word):
    """What can only be done in the platform's app on a phone: where in the app, and how to get there."""

    text: Text
    path: list[Text] = []
    app: Annotated[str, Field(pattern=r"^[a-z][a-z0-9+.-]*://\S*$")]
    url: Annotated[str, Field(pattern=r"^https://[^\s]+$")]


class Setup(Word):
    """What people read before the consent page; without it they go there at once."""

    requirements: Annotated[list[Requirement], Field(min_length=1)]
    guide: list[Text] = []
    phone: Phone | None = None
    allows: list[Text] = []
    note: str = ""


class Brand(Word):
    """How pages show the platform: its badge has these colours, with `icon.svg` in white upon them."""

    name: str = ""
    colours: Annotated[
        list[Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]], Field(min_length=1, max_length=3)
    ]
