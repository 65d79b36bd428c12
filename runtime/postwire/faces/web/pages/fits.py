"""Which action of a platform publishes a text with these files, and where in its input they go.

Nothing here knows a platform: actions are found by the names that all platforms share (`create_photo_post`),
the places of text and files by what the input schema says of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from postwire.faces.typed import kinds
from postwire.language.inputs import ANY, InputSchema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from postwire.language.catalog import Catalog, Summary

    Schema = Mapping[str, Any]

# In the order in which they are tried: what waits until the post is there goes first.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "": ("create_text_post",),
    "image": ("create_photo_post", "create_carousel_post", "create_gif_post"),
    "video": ("publish_video", "create_video_post"),
    "document": ("create_document_post",),
    "mixed": ("create_carousel_post",),
}
_MADE: Final = ("create_story", "create_reel", "create_thread")
_ALT: Final = ("alt_text", "alt_texts")
_MANY: Final = 100
_IN_OBJECT: Final = 3  # steps to a property of an item


@dataclass(frozen=True, slots=True)
class Place:
    """Where files of a kind go.

    Attributes:
        path: `("video",)`, `("photos", "*")` or `("images", "*", "image")`.
        rules: what is taken there.
        address: the platform fetches the file itself.
    """

    path: tuple[str, ...]
    rules: Mapping[str, Any]
    address: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """An action that can publish something, and where its parts go.

    Attributes:
        text: the property of the text; None where it takes none.
        length: of the text: the `x-length` rule, or one made of `maxLength`; None for any length.
        places: of the files, by their kinds; all below one property.
        most: files at most.
        alt: where the description of a file goes: beside it, in a list, or in a property of its own.
    """

    action: str
    title: str
    schema: Schema
    text: str | None = None
    length: Mapping[str, Any] | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    most: int = 0
    alt: str | None = None

    @property
    def address(self) -> bool:
        """An address is needed for some of the files."""
        return any(place.address for place in self.places.values())

    @property
    def given(self) -> tuple[str, ...]:
        """Properties that the shared parts fill."""
        heads = [place.path[0] for place in self.places.values()]
        outer = [self.alt] if self.alt in self.schema.get("properties", {}) else []
        return tuple(dict.fromkeys(each for each in (self.text, *heads, *outer) if each))

    def place(self, text: str, files: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
        """The input of the shared parts: a text, and of each file its name, its kind, its description."""
        made: dict[str, Any] = {self.text: text} if self.text and text else {}
        if self.places and files:
            paths = [self.places[kind].path for _, kind, _ in files]
            items = [self._item(path, name, alt) for path, (name, _, alt) in zip(paths, files, strict=True)]
            made[paths[0][0]] = items if ANY in paths[0] else items[0]
            alts = [alt for _, _, alt in files]
            if self.alt in self.schema.get("properties", {}) and self.alt and any(alts):
                made[self.alt] = alts if self.alt == _ALT[1] else alts[0]
        return made

    def _item(self, path: tuple[str, ...], name: str, alt: str) -> Any:
        if len(path) < _IN_OBJECT:
            return name
        beside = {self.alt: alt} if self.alt and alt and self.alt not in self.given else {}
        return {path[-1]: name, **beside}


def makers(catalog: Catalog, integration: str) -> list[Summary]:
    """The actions of a platform that make a post, for quick ways to them."""
    names = {each.id.partition(".")[2]: each for each in catalog.actions(integration)}
    return [
        each
        for name, each in names.items()
        if (name.startswith("create_") and name.endswith("_post")) or name in _MADE
    ]


def fits(catalog: Catalog, integration: str, flavour: str, found: Sequence[str], *, hosts: bool) -> list[Fit]:
    """The ways in which files of these kinds can be published, the best first.

    Args:
        catalog: the integrations.
        integration: the platform.
        flavour: of the account.
        found: the kind of each file: image, video or document.
        hosts: files can be given by an address.
    """
    group = "" if not found else found[0] if len(set(found)) == 1 else "mixed"
    public = {each.id: each for each in catalog.actions(integration)}
    made: list[Fit] = []
    for name in _NAMES.get(group, ()):
        summary = public.get(f"{integration}.{name}")
        if summary is not None and _for(catalog, summary.id, flavour):
            schema = InputSchema(catalog.action(summary.id).input).schema
            made += [fit for fit in _ways(summary, schema, set(found)) if len(found) <= fit.most]
    return sorted([fit for fit in made if hosts or not fit.address], key=lambda fit: fit.address)


def _for(catalog: Catalog, action: str, flavour: str) -> bool:
    flavours = catalog.action(action).flavours
    return not flavours or flavour in flavours


def _ways(summary: Summary, schema: Schema, found: set[str]) -> Iterator[Fit]:
    text, length = _text(schema)
    if not found:
        yield Fit(summary.id, summary.title, schema, text, length)
        return
    places = list(_places(schema, ()))
    told: list[dict[str, Place]] = []
    for head in dict.fromkeys(place.path[0] for place in places):
        for address in (False, True):
            own = sorted(
                (each for each in places if each.path[0] == head), key=lambda each: each.address != address
            )
            chosen = {kind: each for kind in found for each in reversed(own) if _takes(each.rules, kind)}
            if len(chosen) == len(found) and chosen not in told:
                told.append(chosen)
    for chosen in told:
        path = next(iter(chosen.values())).path
        most = schema["properties"][path[0]].get("maxItems", _MANY) if ANY in path else 1
        yield Fit(summary.id, summary.title, schema, text, length, chosen, most, _alt(schema, path))


def _places(schema: Schema, path: tuple[str, ...]) -> Iterator[Place]:
    """Where files go: at the top, in a list, or in the objects of a list."""
    for word in ("x-media", "x-file"):
        if word in schema:
            yield Place(path, schema[word], word == "x-file")
    for name, inner in schema.get("properties", {}).items() if len(path) in {0, 2} else ():
        yield from _places(inner, (*path, name))
    if isinstance(schema.get("items"), dict) and len(path) == 1:
        yield from _places(schema["items"], (*path, ANY))


def _text(schema: Schema) -> tuple[str | None, Mapping[str, Any] | None]:
    """The main text: of the texts whose length is counted the one that may be longest."""
    found = []
    for name, inner in schema.get("properties", {}).items():
        rule = inner.get("x-length") or {}
        most = rule.get("max") or inner.get("maxLength")
        if kinds(inner) == {"string"} and most and name not in _ALT and "format" not in inner:
            found.append((most, name, rule or {"unit": "codepoints", "max": most}))
    if not found:
        return None, None
    _, name, rule = max(found, key=lambda each: each[0])
    return name, rule


def _takes(rules: Mapping[str, Any], kind: str) -> bool:
    types = rules.get("types", ())
    if kind == "document":
        return any(not each.startswith(("image/", "video/", "text/", "application/x-")) for each in types)
    return any(each.startswith(f"{kind}/") for each in types)


def _alt(schema: Schema, path: tuple[str, ...]) -> str | None:
    properties = schema["properties"]
    inner = properties[path[0]].get("items", {}).get("properties", {})
    return next((name for name in _ALT if name in inner or name in properties), None)
