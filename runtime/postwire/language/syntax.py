"""The grammar of expressions: text → a small tree that the compiler runs and the linter reads.

`or` < `and` < `not` < `== != < <= > >= in` < `??` < `+ -` < `* / %` < `-x` < `a.b`, `a['b']`, `f(x)`.
Bounded by construction: 200 tokens, nesting 40, no loops, no assignment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from postwire.language.units import parse_size

MAX_TOKENS: Final = 200
MAX_NESTING: Final = 40
MAX_DIGITS: Final = 30


class SyntaxProblem(Exception):
    """An expression that cannot be read: what is wrong and at which character, counted from 0."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: text, number, true, false or null."""

    value: Any
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Name:
    """The first word of a reference: `input`, `steps`, `body`, a loop's own name."""

    name: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Lookup:
    """`base.key`, `base['key']` or `base[0]`; the key may be an expression."""

    base: Node
    key: Node
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """`function(arguments)`."""

    name: str
    arguments: tuple[Node, ...]
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x` or `-x`."""

    operator: str
    operand: Node
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`."""

    operator: str
    left: Node
    right: Node
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Items:
    """`[a, b, c]`."""

    items: tuple[Node, ...]
    offset: int = 0


Node = Literal | Name | Lookup | Call | Unary | Binary | Items

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<size>[0-9]+(?:\.[0-9]+)?(?:[KMG]i?)?B\b)
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<text>'(?:[^']|'')*')
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>\?\?|==|!=|<=|>=|[-+*/%<>.,()\[\]])
    )""",
    re.VERBOSE,
)
_CONSTANTS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None}
_WORDS: Final = {"or", "and", "not", "in", *_CONSTANTS}
# Loosest first; each level holds the operators of one strength.
_LEVELS: Final = (
    ("or",),
    ("and",),
    ("not",),
    ("==", "!=", "<", "<=", ">", ">=", "in"),
    ("??",),
    ("+", "-"),
    ("*", "/", "%"),
)


def read(text: str) -> Node:
    """The tree of *text*; raises SyntaxProblem."""
    return _Parser(text).read()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    offset: int


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].lstrip()
            raise SyntaxProblem(_unreadable(rest), len(text) - len(rest))
        kind = match.lastgroup or ""
        tokens.append(_Token(kind, match[kind], match.start(kind)))
        position = match.end()
        if len(tokens) > MAX_TOKENS:
            raise SyntaxProblem(f"longer than {MAX_TOKENS} words and signs: split it with let", position)
    return [*tokens, _Token("end", "", end)]


def _unreadable(rest: str) -> str:
    if rest.startswith("'"):
        return "the text has no closing quote"
    if rest.startswith('"'):
        return "text stands in single quotes: '…'"
    if rest[:2] in ("&&", "||"):
        return f"write {'and' if rest[0] == '&' else 'or'} instead of {rest[:2]}"
    if rest.startswith("!"):
        return "write not instead of !"
    if rest.startswith("="):
        return "write == to compare"
    if rest.startswith("${{"):
        return "a hole ${{ … }} stands inside another, or in a condition, which takes the bare expression"
    return f"{rest[:1]!r} has no meaning here"


def _figure(token: _Token) -> int | float:
    if len(token.text) > MAX_DIGITS:
        raise SyntaxProblem(f"a number has at most {MAX_DIGITS} digits", token.offset)
    if token.kind == "number":
        return float(token.text) if "." in token.text else int(token.text)
    try:
        return parse_size(token.text)
    except ValueError as error:
        raise SyntaxProblem(str(error), token.offset) from None


class _Parser:
    """Recursive descent; the level table keeps it short."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def read(self) -> Node:
        if self._peek.kind == "end":
            raise SyntaxProblem("the expression is empty", 0)
        node = self._level(0)
        if self._peek.kind != "end":
            raise SyntaxProblem(f"{self._peek.text!r} does not continue the expression", self._peek.offset)
        return node

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _expect(self, sign: str) -> None:
        if self._peek.text != sign or self._peek.kind == "text":
            found = repr(self._peek.text) if self._peek.text else "the end"
            raise SyntaxProblem(f"{sign!r} is missing before {found}", self._peek.offset)
        self._at += 1

    def _is(self, *texts: str) -> bool:
        return self._peek.kind in ("word", "sign") and self._peek.text in texts

    def _level(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._prefix()
        if _LEVELS[level] == ("not",):
            return self._negation(level)
        left = self._level(level + 1)
        while self._is(*_LEVELS[level]):
            token = self._take()
            left = Binary(token.text, left, self._level(level + 1), token.offset)
        return left

    def _negation(self, level: int) -> Node:
        if self._is("not"):
            token = self._take()
            return self._nested(lambda: Unary("not", self._negation(level), token.offset))
        return self._level(level + 1)

    def _prefix(self) -> Node:
        if self._is("-"):
            token = self._take()
            return self._nested(lambda: Unary("-", self._prefix(), token.offset))
        return self._suffixes(self._primary())

    def _nested(self, parse: Any) -> Node:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise SyntaxProblem(f"nested deeper than {MAX_NESTING} levels", self._peek.offset)
        node: Node = parse()
        self._depth -= 1
        return node

    def _primary(self) -> Node:
        token = self._take()
        if token.kind in ("number", "size"):
            return Literal(_figure(token), token.offset)
        if token.kind == "text":
            return Literal(token.text[1:-1].replace("''", "'"), token.offset)
        if token.kind == "word":
            return self._word(token)
        if token.text == "(":
            return self._nested(lambda: self._closed(self._level(0), ")"))
        if token.text == "[":
            return self._nested(lambda: Items(self._list("]"), token.offset))
        before = repr(token.text) if token.text else "the end"
        raise SyntaxProblem(f"a value is missing before {before}", token.offset)

    def _closed(self, node: Node, sign: str) -> Node:
        self._expect(sign)
        return node

    def _word(self, token: _Token) -> Node:
        if token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text], token.offset)
        if self._is("("):
            self._take()
            return self._nested(lambda: Call(token.text, self._list(")"), token.offset))
        if token.text in _WORDS:
            raise SyntaxProblem(f"a value is missing before {token.text!r}", token.offset)
        return Name(token.text, token.offset)

    def _list(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._is(end):
            items.append(self._level(0))
            if not self._is(end):
                self._expect(",")
        self._take()
        return tuple(items)

    def _suffixes(self, node: Node) -> Node:
        while self._is(".", "["):
            token = self._take()
            if token.text == ".":
                word = self._take()
                if word.kind != "word":
                    raise SyntaxProblem("a name is missing after the dot", word.offset)
                node = Lookup(node, Literal(word.text, word.offset), word.offset)
            else:
                node = Lookup(node, self._nested(lambda: self._closed(self._level(0), "]")), token.offset)
        return node


def walk(node: Node) -> list[Node]:
    """*node* and everything below it."""
    below: tuple[Node, ...]
    match node:
        case Lookup(base, key):
            below = (base, key)
        case Call(_, arguments):
            below = arguments
        case Unary(_, operand):
            below = (operand,)
        case Binary(_, left, right):
            below = (left, right)
        case Items(items):
            below = items
        case _:
            below = ()
    return [node, *(inner for child in below for inner in walk(child))]


def reference(node: Node) -> tuple[str, ...] | None:
    """`a.b['c']` as ("a", "b", "c"); None where the node is not a reference with constant keys."""
    keys: list[str] = []
    while isinstance(node, Lookup):
        if not isinstance(node.key, Literal):
            return None
        keys.append(str(node.key.value))
        node = node.base
    return (node.name, *reversed(keys)) if isinstance(node, Name) else None
