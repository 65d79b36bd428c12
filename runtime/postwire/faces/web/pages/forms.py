"""From an input schema to a form: a tree of plain values, which one template draws.

`form` is pure: the schema, what was entered, what was wrong with it, and which choices an account has. What a
schema says in a way that no control has becomes a field for JSON, so no action is out of reach. `filled.read`
turns what the browser sends back into an input.

Nothing is chosen for people: a choice without a default begins empty, and a yes or no without one can stay
unsaid.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from postwire.faces.typed import kinds, plain, read_json
from postwire.faces.web.pages.moments import split_time
from postwire.language.places import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from postwire.faces.web.pages.options import Offer

    Schema = Mapping[str, Any]

Kind = Literal[
    "text",
    "area",
    "number",
    "choice",
    "checks",
    "switch",
    "maybe",
    "time",
    "day",
    "secret",
    "media",
    "group",
    "list",
    "json",
]
ANY: Final = "*"  # every row, in a place
LONG: Final = 120  # characters from which a text gets several lines
FEW: Final = 14  # fields that are shown without a fold
_WORDS: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_CAPITALS: Final = frozenset({"id", "url", "ai", "urn", "utm", "srt", "http", "json", "gif"})


@dataclass(frozen=True, slots=True)
class Count:
    """How long a text may be, as the platform counts."""

    unit: str
    most: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A control is there only while another has one of these values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """One property as people fill it in.

    Attributes:
        name: of the control in the form: the form's root, and a JSON pointer in the input. In the blank row
            of a list `{0}` stands for its number, in a list within it `{1}`.
        place: the same for every row: `/items/*/alt_text`.
        value: a text; of `switch` and `maybe` True, False or None; of `checks` and `media` a list of texts;
            of `time` (local time, zone).
        choices: (value, text) of a `choice` or `checks`.
        type: of the input element; of a number its step.
        rules: the `x-media` rules of `media`.
        several: `media` is a list of files.
        most: files or rows at most; None for any number.
        parts: of a `group`; rows of a `list`.
        blank: a new row of a `list`.
        fixed: the account allows no other value.
        offer: choices that the account has, or the reason why they are not known.
        asks: they are still to be asked for: `load`, or `search` for those that people look for by words.
    """

    kind: Kind
    name: str
    place: str
    label: str
    help: str = ""
    required: bool = False
    error: str = ""
    value: Any = ""
    choices: tuple[tuple[str, str], ...] = ()
    count: Count | None = None
    least: float | None = None
    greatest: float | None = None
    type: str = "text"
    rules: Mapping[str, Any] = field(default_factory=dict)
    several: bool = False
    most: int | None = None
    parts: tuple[Control, ...] = ()
    blank: Control | None = None
    shown: Shown | None = None
    fixed: bool = False
    offer: Offer | None = None
    asks: Literal["", "load", "search"] = ""

    @property
    def id(self) -> str:
        """Of the element."""
        return "f" + self.name.replace("/", "-")

    def walk(self) -> Iterator[Control]:
        """This and all within it, without blank rows."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True)
class Form:
    """All controls of an action: `main` is always in sight, `more` below a fold.

    Attributes:
        errors: (the control's id, what is wrong with it) of every mistake; an id is "" where the mistake is
            of the whole input.
        folded: nothing below the fold was filled in or is wrong.
    """

    main: tuple[Control, ...]
    more: tuple[Control, ...]
    errors: tuple[tuple[str, str], ...]
    folded: bool

    def walk(self) -> Iterator[Control]:
        """Every control."""
        for each in (*self.main, *self.more):
            yield from each.walk()


class Raw(str):
    """A text that was to be JSON and is none: it is shown as it was entered."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Maker:
    errors: Mapping[str, str]
    offers: Mapping[str, Offer]
    root: str
    hosts: bool

    def control(
        self, schema: Schema, name: str, place: str, value: Any, label: str, *, required: bool = False
    ) -> Control:
        told = str(schema.get("description", ""))
        error = sentence(label, self.errors.get(name.removeprefix(self.root), ""))
        made = Control("json", name, place, label, told, required, error)
        known = schema.get("default") if value is None else value  # the schema's own, which is sent anyway
        return _offered(_filled(self, schema, made, known), schema, self.offers.get(place))


def form(
    schema: Schema,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    offers: Mapping[str, Offer] | None = None,
    *,
    root: str = "",
    leave_out: Sequence[str] = (),
    hosts: bool = False,
) -> Form:
    """The form of an action.

    Args:
        schema: closed, as `InputSchema.schema`.
        values: what was entered, or an example; as JSON.
        errors: what is wrong, by JSON pointer.
        offers: choices of the account, by place.
        root: before every name, so that several forms can stand in one.
        leave_out: properties that are asked for elsewhere.
        hosts: files are taken where the platform takes an address (`x-file`).
    """
    maker = _Maker(errors or {}, offers or {}, root, hosts)
    controls = _properties(maker, schema, root, "", values or {}, leave_out)
    main, more = _folded(controls)
    inside = [each for control in controls for each in control.walk()]
    names = {each.name.removeprefix(root) for each in inside}
    told = [(each.id, each.error) for each in inside if each.error]
    told += [("", sentence(_title(at), message)) for at, message in maker.errors.items() if at not in names]
    wrong = any(each.error for control in more for each in control.walk())
    usual = {key: inner.get("default") for key, inner in schema.get("properties", {}).items()}
    chosen = {f"{root}/{escaped(key)}" for key, value in (values or {}).items() if value != usual.get(key)}
    folded = not wrong and chosen.isdisjoint(each.name for each in more)
    return Form(main, more, tuple(told), folded)


def label_of(name: str) -> str:
    """A property's name as people read it.

    >>> label_of("video_url"), label_of("geoLocations")
    ('Video URL', 'Geo locations')
    """
    words = [each.lower() for part in name.split("_") for each in _WORDS.findall(part) or [part] if each]
    text = " ".join(map(_capital, words))
    return text[:1].upper() + text[1:]


def _capital(word: str) -> str:
    if word in _CAPITALS:
        return word.upper()
    return f"{word[:-1].upper()}s" if word[:-1] in _CAPITALS and word.endswith("s") else word


def said(value: Any) -> str:
    """A constant of a schema as people read it: `PUBLIC_TO_EVERYONE` as "Public to everyone"."""
    text = plain(value)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text):
        return text
    return label_of(text.lower() if text.isupper() else text)


def _properties(
    maker: _Maker, schema: Schema, name: str, place: str, values: Any, leave_out: Sequence[str] = ()
) -> tuple[Control, ...]:
    known = values if isinstance(values, dict) else {}
    required, conditions = schema.get("required", ()), dict(_conditions(schema, name))
    made = []
    for key, inner in schema.get("properties", {}).items():
        if key in leave_out:
            continue
        label = str(inner.get("title") or label_of(key))
        here, there = f"{name}/{escaped(key)}", f"{place}/{escaped(key)}"
        control = maker.control(inner, here, there, known.get(key), label, required=key in required)
        made.append(replace(control, shown=conditions.get(key)))
    return tuple(made)


def _conditions(schema: Schema, name: str) -> Iterator[tuple[str, Shown]]:
    """Which properties are asked for only where another has a certain value (`if` … `then: required`)."""
    for rule in (schema, *schema.get("allOf", ())):
        tested = rule.get("if", {}).get("properties", {})
        for key, test in list(tested.items())[:1]:
            values = test.get("enum") or ([test["const"]] if "const" in test else [])
            for needed in rule.get("then", {}).get("required", ()) if values else ():
                yield needed, Shown(f"{name}/{escaped(key)}", tuple(map(plain, values)))


def _folded(controls: tuple[Control, ...]) -> tuple[tuple[Control, ...], tuple[Control, ...]]:
    if sum(1 for control in controls for _ in control.walk()) <= FEW:
        return controls, ()
    main = [each for each in controls if each.required or each.asks or each.kind in {"media", "area"}]
    return tuple(main), tuple(each for each in controls if each not in main)


def _title(at: str) -> str:
    return label_of(at.strip("/").split("/")[0]) if at.strip("/") else "The input"


def sentence(label: str, message: str) -> str:
    """What is wrong with a field, as a sentence.

    >>> sentence("Title", "is required: what people read")
    'Title is required.'
    >>> sentence("Title", "must be text")
    'Title must be text.'
    """
    if message.startswith("is required"):
        return f"{label} is required."
    text = message if not message[:1].islower() else f"{label} {message}"
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _filled(maker: _Maker, schema: Schema, made: Control, value: Any) -> Control:
    """*made* as the control that suits the schema and can show the value."""
    found = kinds(schema)
    if schema.get("x-secret"):
        return replace(made, kind="secret", value="")  # never sent back
    if choices := choices_of(schema):
        return replace(made, kind="choice", choices=choices, value="" if value is None else plain(value))
    if found == {"boolean"} and not isinstance(value, str):
        kind: Kind = "switch" if isinstance(schema.get("default"), bool) else "maybe"
        return replace(made, kind=kind, value=value)
    if found == {"object"} and schema.get("properties") and isinstance(value, dict | None):
        return replace(made, kind="group", parts=_properties(maker, schema, made.name, made.place, value))
    if found == {"array"} and isinstance(schema.get("items"), dict) and isinstance(value, list | None):
        return _listed(maker, schema, made, value or [])
    if maker.hosts and "x-file" in schema and isinstance(value, str | None):
        return replace(_media(schema, made), value=[value] if value else [])
    return _scalar(schema, made, value)


def choices_of(schema: Schema) -> tuple[tuple[str, str], ...]:
    """(value, text) of an `enum`, or of a `oneOf` of constants."""
    if "enum" in schema or "const" in schema:
        return tuple((plain(each), said(each)) for each in schema.get("enum", [schema.get("const")]))
    options = schema.get("oneOf", ())
    if options and all(isinstance(each, dict) and "const" in each for each in options):
        constants = [(each["const"], each.get("title")) for each in options]
        return tuple((plain(value), str(title or said(value))) for value, title in constants)
    return ()


def _listed(maker: _Maker, schema: Schema, made: Control, given: list[Any]) -> Control:
    items, most = schema["items"], schema.get("maxItems")
    if choices := choices_of(items):
        return replace(made, kind="checks", choices=choices, value=[plain(each) for each in given])
    if items.get("format") == "media" or (maker.hosts and "x-file" in items):
        texts = [plain(each) for each in given]
        return replace(_media(items, made), several=True, most=most, value=texts)
    place, label = f"{made.place}/{ANY}", _one(made.label)
    least = schema.get("minItems", 1) if made.required else 0
    shown = [*given, *[None] * (least - len(given))]
    rows = [maker.control(items, f"{made.name}/{at}", place, each, label) for at, each in enumerate(shown)]
    blank = maker.control(items, f"{made.name}/{{{made.name.count('{')}}}", place, None, label)
    return replace(made, kind="list", parts=tuple(rows), blank=blank, most=most)


def _one(label: str) -> str:
    """What one of several is called."""
    if label.endswith("ies"):
        return f"{label[:-3]}y"
    return label if label.endswith("ss") else label.removesuffix("s")


def _scalar(schema: Schema, made: Control, value: Any) -> Control:
    text = "" if value is None else plain(value)
    found, shape = kinds(schema), schema.get("format")
    if shape == "media":
        return replace(_media(schema, made), value=[text] if text else [])
    if found and found <= {"integer", "number"}:
        bounds = schema.get("minimum"), schema.get("maximum")
        step = "1" if found == {"integer"} else "any"
        return replace(made, kind="number", value=text, least=bounds[0], greatest=bounds[1], type=step)
    if shape == "date-time" and (parted := split_time(text)) is not None:
        return replace(made, kind="time", value=parted)
    if shape == "date" and (not text or re.fullmatch(r"\d{4}-\d\d-\d\d", text)):
        return replace(made, kind="day", value=text)
    if found == {"string"} and isinstance(value, str | None):
        return _text(schema, made, text)
    return replace(made, value=_as_json(value, anything=not found))


def _as_json(value: Any, *, anything: bool) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, indent=2, ensure_ascii=False)
    ambiguous = anything and isinstance(value, str) and not isinstance(value, Raw)
    if ambiguous and read_json(value) is not None:
        return json.dumps(value)
    return "" if value is None else plain(value)


def _text(schema: Schema, made: Control, text: str) -> Control:
    rule = schema.get("x-length", {})
    most = rule.get("max") or schema.get("maxLength")
    count = Count(rule.get("unit", "codepoints"), most) if most and (rule or most >= LONG) else None
    kind: Kind = "area" if "\n" in text or (most or 0) >= LONG else "text"
    shape = {"uri": "url", "email": "email"}.get(str(schema.get("format")), "text")
    return replace(made, kind=kind, value=text, count=count, type=shape)


def _media(schema: Schema, made: Control) -> Control:
    return replace(made, kind="media", rules=schema.get("x-media") or schema.get("x-file", {}))


def _offered(made: Control, schema: Schema, offer: Offer | None) -> Control:
    """*made* with the choices that the account has."""
    source = schema.get("x-options-from")
    if source is None:
        return made
    if "search" in source:
        return replace(made, asks="search", offer=offer)
    if offer is None:
        return replace(made, asks="load")
    if made.kind in {"switch", "maybe"}:
        return replace(made, offer=offer, fixed=offer.must, value=offer.must or made.value)
    if offer.problem:
        return replace(made, offer=offer)
    if made.kind == "choice":
        allowed = {value for value, _ in offer.choices}
        return replace(made, offer=offer, choices=tuple(each for each in made.choices if each[0] in allowed))
    own = [] if made.value in {"", *(value for value, _ in offer.choices)} else [(made.value, made.value)]
    return replace(made, offer=offer, kind="choice", choices=(*offer.choices, *own))
