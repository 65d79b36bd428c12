"""The functions of the expression language: the only way out of it, so each is small, pure and typed.

A signature is one letter per argument (`?` marks optional ones, `*` any number more), `>` and the result:
`s` text, `n` number, `b` true or false, `l` list, `m` map, `a` anything.
A missing argument makes the result missing; only `if` and `exists` see it themselves.
Adding one: a function, a row in FUNCTIONS, an example in its docstring (they are run).
"""

from __future__ import annotations

import base64 as _base64
import difflib
import json as _json_module
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from postwire.errors import SHOWN, shown
from postwire.language import little
from postwire.language.missing import (
    MISSING,
    ExpressionProblem,
    as_bytes,
    bounded,
    percent_encoded,
    same,
    text,
)

__all__ = ["FUNCTIONS", "MISSING", "ExpressionProblem", "Function", "nearest", "text"]

LONGEST: Final = 1_000_000  # characters that a function may make
_DECIMALS: Final = 15
_EXACT: Final = 2**53  # from here on a float is a whole number
_FIGURE: Final = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][-+]?[0-9]{1,3})?")


def nearest(name: str, known: Iterable[str] | None = None) -> str:
    """`; did you mean …?` with the nearest of *known* (the functions by default), else nothing."""
    close = difflib.get_close_matches(name[:SHOWN], list(FUNCTIONS if known is None else known), 1, 0.6)
    return f"; did you mean {close[0]}?" if close else ""


@dataclass(frozen=True, slots=True)
class Function:
    """One function: how to call it, and its signature."""

    name: str
    signature: str
    call: Callable[..., Any]

    @property
    def arguments(self) -> str:
        """The letters of the arguments, optional ones included; `*` repeats the last."""
        return self.signature.partition(">")[0].replace("?", "")

    @property
    def result(self) -> str:
        """The letter of the result."""
        return self.signature.partition(">")[2]

    def letter(self, index: int) -> str:
        """The letter of argument *index*."""
        letters = self.arguments.rstrip("*")
        return letters[min(index, len(letters) - 1)]

    def problem(self, count: int) -> str | None:
        """What is wrong with so many arguments; None when nothing is."""
        given = self.signature.partition(">")[0]
        least = given.index("?") if "?" in given else len(given.rstrip("*"))
        most = None if given.endswith("*") else len(self.arguments)
        if count >= least and (most is None or count <= most):
            return None
        wanted = (
            f"at least {least}" if most is None else str(least) if least == most else f"{least} to {most}"
        )
        return f"{self.name}() takes {wanted} value{'' if wanted.split()[-1] == '1' else 's'}, not {count}"


def _checked(kinds: type | tuple[type, ...], what: str, value: Any, name: str) -> Any:
    if isinstance(value, kinds) and not (isinstance(value, bool) and kinds is not bool):
        return value
    raise ExpressionProblem(f"{name}() asks for {what}, not {shown(value)}")


def _text(value: Any, name: str) -> str:
    return str(_checked(str, "text", value, name))


def _list(value: Any, name: str) -> list[Any]:
    return list(_checked((list, tuple), "a list", value, name))


def _number(value: Any, name: str) -> int | float:
    number: int | float = _checked((int, float), "a number", value, name)
    return bounded(number)


def _bounded(made: str, name: str) -> str:
    if len(made) > LONGEST:
        raise ExpressionProblem(f"{name}() would make a text of over {LONGEST} characters")
    return made


def _len(value: Any) -> int:
    """How many characters, items or entries.

    >>> _len("abc"), _len([1, 2])
    (3, 2)
    """
    return len(_checked((str, list, tuple, Mapping), "text, a list or a map", value, "len"))


def _first(items: Any) -> Any:
    """The first item; missing for an empty list."""
    return next(iter(_list(items, "first")), MISSING)


def _last(items: Any) -> Any:
    """The last item; missing for an empty list."""
    return next(reversed(_list(items, "last")), MISSING)


def _field(item: Any, key: str) -> Any:
    return item.get(key, MISSING) if isinstance(item, Mapping) else MISSING


def _find(items: Any, key: Any, value: Any) -> Any:
    """The first item whose field *key* is *value*.

    >>> _find([{"id": 1}, {"id": 2}], "id", 2)
    {'id': 2}
    """
    name = _text(key, "find")
    return next((item for item in _list(items, "find") if same(_field(item, name), value)), MISSING)


def _pluck(items: Any, key: Any) -> list[Any]:
    """The field *key* of every item that has it.

    >>> _pluck([{"id": 1}, {}], "id")
    [1]
    """
    found = [_field(item, _text(key, "pluck")) for item in _list(items, "pluck")]
    return [value for value in found if value is not MISSING]


def _lookup(table: Any, key: Any) -> Any:
    """The entry *key* of a map; missing when it has none. The key may be any text or number.

    >>> _lookup({"a": 1}, "b")
    missing
    """
    return _checked(Mapping, "a map", table, "lookup").get(text(key), MISSING)


def _join(items: Any, separator: Any = "") -> str:
    """The items as one text.

    >>> _join(["a", 1], ",")
    'a,1'
    """
    parts = [text(item) for item in _list(items, "join")]
    between = _text(separator, "join")
    if sum(map(len, parts)) + len(between) * len(parts) > LONGEST:
        raise ExpressionProblem(f"join() would make a text of over {LONGEST} characters")
    return between.join(parts)


def _split(value: Any, separator: Any) -> list[str]:
    """The parts of a text, without spaces around them and without empty ones.

    >>> _split("a, b,", ",")
    ['a', 'b']
    """
    mark = _text(separator, "split")
    if not mark:
        raise ExpressionProblem("split() needs a separator")
    return [part.strip() for part in _text(value, "split").split(mark) if part.strip()]


def _as_number(value: Any) -> int | float:
    """A text as a number.

    >>> _as_number("12"), _as_number("1.5")
    (12, 1.5)
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return bounded(value)
    plain = _text(value, "number").strip()
    if not _FIGURE.fullmatch(plain):
        raise ExpressionProblem(f"number() cannot read {shown(value)}")
    return bounded(int(plain) if plain.lstrip("-").isdigit() else float(plain))


def _trim(value: Any, marks: Any = None) -> str:
    """Without *marks* (spaces by default) at both ends.

    >>> _trim('"etag"', '"')
    'etag'
    """
    return _text(value, "trim").strip(None if marks is None else _text(marks, "trim"))


def _truncate(value: Any, most: Any) -> str:
    """At most so many code points, the last an ellipsis when something was cut.

    >>> _truncate("abcdef", 4)
    'abc…'
    """
    whole, limit = _text(value, "truncate"), int(_number(most, "truncate"))
    return whole if len(whole) <= limit else f"{whole[: max(limit - 1, 0)]}…"


def _replace(value: Any, old: Any, new: Any) -> str:
    """Every *old* as *new*.

    >>> _replace("a-b", "-", "+")
    'a+b'
    """
    whole, mark, other = (_text(each, "replace") for each in (value, old, new))
    if not mark:
        raise ExpressionProblem("replace() needs a text to look for")
    if len(whole) + whole.count(mark) * len(other) > LONGEST:
        raise ExpressionProblem(f"replace() would make a text of over {LONGEST} characters")
    return whole.replace(mark, other)


def _replace_each(value: Any, items: Any, old: Any, new: Any) -> str:
    """The field *old* of every item as its field *new*, where the item has both.

    >>> _replace_each("at t.co/1", [{"short": "t.co/1", "whole": "acme.org"}], "short", "whole")
    'at acme.org'
    """
    for item in _list(items, "replace_each"):
        found = [_field(item, _text(key, "replace_each")) for key in (old, new)]
        value = value if MISSING in found else _replace(value, *found)
    return _text(value, "replace_each")


def _escape(value: Any, marks: Any) -> str:
    r"""A backslash before each of *marks* and before each backslash.

    >>> print(_escape("a(b", "("))
    a\(b
    """
    table = {ord(mark): f"\\{mark}" for mark in (*_text(marks, "escape"), "\\")}
    return _bounded(_text(value, "escape").translate(table), "escape")


def _contains(value: Any, part: Any) -> bool:
    """Whether a text has *part* in it.

    >>> _contains("abc", "b")
    True
    """
    return _text(part, "contains") in _text(value, "contains")


def _json(value: Any) -> str:
    """As compact JSON.

    >>> _json({"a": [1]})
    '{"a":[1]}'
    """
    return _bounded(_json_dumps(value), "json")


def _json_dumps(value: Any) -> str:
    try:
        return _json_module.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ExpressionProblem(
            f"{type(value).__name__} has something in it that JSON has no word for"
        ) from None


def _from_json(value: Any) -> Any:
    """What a JSON text says.

    >>> _from_json('{"a": 1}')
    {'a': 1}
    """
    try:
        return _json_module.loads(_text(value, "from_json"))
    except (ValueError, RecursionError):
        raise ExpressionProblem(f"from_json() cannot read {shown(value)}") from None


def _as_base64(value: Any) -> str:
    """The UTF-8 bytes of a text in base64.

    >>> _as_base64("a")
    'YQ=='
    """
    return _base64.b64encode(as_bytes(_text(value, "base64"))).decode()


def _round(value: Any, digits: Any = 0) -> int | float:
    """To so many decimals, halves away from zero.

    >>> _round(2.5), _round(1.25, 1)
    (3, 1.3)
    """
    number, places = _number(value, "round"), int(_number(digits, "round"))
    if not 0 <= places <= _DECIMALS:
        raise ExpressionProblem(f"round() gives 0 to {_DECIMALS} decimals, not {places}")
    scale = 10**places
    if abs(number) * scale >= _EXACT:  # such a number has no decimals to lose
        return int(number) if places == 0 else number
    whole: int = math.floor(abs(number) * scale + 0.5) * (1 if number >= 0 else -1)
    return whole if places == 0 else whole / scale


def _extreme(name: str, choose: Callable[[list[int | float]], int | float]) -> Callable[..., int | float]:
    def call(*values: Any) -> int | float:
        return choose([_number(value, name) for value in values])

    return call


def _iso_time(seconds: Any) -> str:
    """Seconds since 1970 as ISO 8601 in UTC.

    >>> _iso_time(1794990000)
    '2026-11-18T08:20:00Z'
    """
    try:
        moment = datetime.fromtimestamp(_number(seconds, "iso_time"), UTC)
    except (ValueError, OverflowError, OSError):
        raise ExpressionProblem(f"iso_time() cannot place {shown(seconds)}") from None
    return moment.isoformat(timespec="seconds" if moment.microsecond == 0 else "milliseconds").replace(
        "+00:00", "Z"
    )


def _unix_time(value: Any) -> int:
    """An ISO 8601 time as seconds since 1970; UTC where it names no zone.

    >>> _unix_time("2026-11-18T08:20:00Z")
    1794990000
    """
    try:
        moment = datetime.fromisoformat(_text(value, "unix_time"))
    except ValueError:
        raise ExpressionProblem(f"unix_time() cannot read {shown(value)}") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _special(*_: Any) -> Any:
    raise AssertionError("the compiler handles this one itself")


_ROWS: Final[tuple[tuple[str, str, Callable[..., Any]], ...]] = (
    ("if", "ba?a>a", _special),
    ("exists", "a>b", _special),
    ("lookup", "ma>a", _lookup),
    ("len", "a>n", _len),
    ("first", "l>a", _first),
    ("last", "l>a", _last),
    ("find", "lsa>a", _find),
    ("pluck", "ls>l", _pluck),
    ("join", "l?s>s", _join),
    ("split", "ss>l", _split),
    ("text", "a>s", text),
    ("number", "a>n", _as_number),
    ("lower", "s>s", lambda value: _text(value, "lower").lower()),
    ("upper", "s>s", lambda value: _text(value, "upper").upper()),
    ("trim", "s?s>s", _trim),
    ("truncate", "sn>s", _truncate),
    ("replace", "sss>s", _replace),
    ("replace_each", "slss>s", _replace_each),
    ("escape", "ss>s", _escape),
    ("contains", "ss>b", _contains),
    (
        "starts_with",
        "ss>b",
        lambda value, part: _text(value, "starts_with").startswith(_text(part, "starts_with")),
    ),
    ("ends_with", "ss>b", lambda value, part: _text(value, "ends_with").endswith(_text(part, "ends_with"))),
    ("json", "a>s", _json),
    ("from_json", "s>a", _from_json),
    ("base64", "s>s", _as_base64),
    ("url_encode", "a>s", percent_encoded),
    ("floor", "n>n", lambda value: math.floor(_number(value, "floor"))),
    ("ceil", "n>n", lambda value: math.ceil(_number(value, "ceil"))),
    ("round", "n?n>n", _round),
    ("abs", "n>n", lambda value: abs(_number(value, "abs"))),
    ("min", "n*>n", _extreme("min", min)),
    ("max", "n*>n", _extreme("max", max)),
    ("iso_time", "n>s", _iso_time),
    ("unix_time", "s>n", _unix_time),
    ("little_text", "s?l>s", little.little_text),
    ("from_little_text", "s>s", little.from_little_text),
    ("mention_spans", "sl>l", little.mention_spans),
)
FUNCTIONS: Final[dict[str, Function]] = {name: Function(name, sign, call) for name, sign, call in _ROWS}
