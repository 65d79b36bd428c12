"""What X's actions send, against X's own OpenAPI document, which POSTWIRE_X_OPENAPI names.

Every request that an action builds, from its examples and from inputs that are made up from its input schema,
has a path, a query and a body that the document knows. Two vocabularies are live at X: guides and SDKs say
`tweet.fields`, document 2.167 says `post.fields` for the same (page "Fields", read 2026-08-22). We say the
first, and here its words are read as the second's.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from postwire.accounts.account import Account
from postwire.decide.programs import Programs
from postwire.errors import InvalidInput
from postwire.flow import run
from postwire.language.catalog import Catalog
from postwire.values import Multipart, Request, Response, Send, Together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCUMENT: Final = os.environ.get("POSTWIRE_X_OPENAPI", "")
FOLDER: Final = Path(__file__).parents[3] / "integrations" / "x"
PROGRAMS: Final = Programs(Catalog())
NAMES: Final = [path.stem for path in sorted((FOLDER / "actions").glob("[!_]*.yaml"))]
METHODS: Final = ("get", "post", "put", "patch", "delete")
# Values of `tweet.fields` that `post.fields` has under another name, or reaches by an expansion.
LEGACY: Final = {
    "author_id",
    "edit_history_tweet_ids",
    "in_reply_to_user_id",
    "note_tweet",
    "referenced_tweets",
}
# Only for the app's own token, which has no scopes.
APP_ONLY: Final = {"get_usage", "search_archive", "count_posts"}
COVERED: Counter[str] = Counter()

pytestmark = pytest.mark.skipif(
    not DOCUMENT, reason="POSTWIRE_X_OPENAPI does not name X's OpenAPI document (api.x.com/2/openapi.json)"
)


@pytest.fixture(scope="module", autouse=True)
def told(record_testsuite_property: Callable[[str, object], None]) -> Iterator[None]:
    """In the end: how many requests were held against the document, and which operations they were."""
    COVERED.clear()
    yield
    record_testsuite_property("requests", sum(COVERED.values()))
    record_testsuite_property("operations", ", ".join(sorted(COVERED)))
    print(f"\n{sum(COVERED.values())} requests, {len(COVERED)} operations of X:")  # noqa: T201 - for people
    print("\n".join(f"{count:5}  {name}" for name, count in sorted(COVERED.items())))  # noqa: T201


class Contract:
    """X's OpenAPI document: finds the operation of a request, and says what of the request does not fit."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._parameters = document["components"]["parameters"]
        whole = DRAFT202012.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource("urn:x", whole)
        self._operations = {
            (method.upper(), path): operation
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if method in METHODS
        }

    def operation(self, request: Request) -> tuple[str, dict[str, Any], dict[str, str]]:
        """(its name, its description, the values in its path); the most literal path that fits."""
        path = urlsplit(request.url).path
        found = []
        for (method, template), operation in self._operations.items():
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
            match = re.fullmatch(pattern, path) if method == request.method else None
            if match:
                values = {name: unquote(value) for name, value in match.groupdict().items()}
                found.append((len(values), f"{method} {template}", operation, values))
        assert found, f"X has no {request.method} {path}"
        _, name, operation, values = min(found, key=lambda each: each[0])
        return name, operation, values

    def mistakes(self, request: Request) -> list[str]:
        """What the document says against *request*."""
        _, operation, values = self.operation(request)
        known = {
            (each["in"], each["name"]): each for each in map(self._parameter, operation.get("parameters", []))
        }
        given = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
        return [
            *self._of_values(known, values, "path"),
            *self._of_values(known, spoken_newly(given), "query"),
            *self._of_body(operation.get("requestBody"), request),
        ]

    def _parameter(self, said: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._parameters[said["$ref"].rpartition("/")[2]] if "$ref" in said else said
        return found

    def _of_values(self, known: dict[Any, Any], given: dict[str, str], place: str) -> Iterator[str]:
        for name, value in given.items():
            if (place, name) not in known:
                yield f"there is no {place} parameter {name}"
                continue
            schema = known[place, name]["schema"]
            yield from self._unfit(read_as(self._whole(schema), value), schema, name)
        for (where, name), parameter in known.items():
            if where == place and parameter.get("required") and name not in given:
                yield f"the {place} parameter {name} is missing"

    def _whole(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in schema:
            return schema
        found: dict[str, Any] = self._registry.resolver("urn:x").lookup(schema["$ref"]).contents
        return found

    def _of_body(self, said: dict[str, Any] | None, request: Request) -> Iterator[str]:
        kind = request.headers.get("Content-Type", "").partition(";")[0]
        if said is None:
            if kind:
                yield f"there is a body of {kind}, and none is described"
            return
        if kind not in said["content"]:
            yield f"the body is {kind or 'missing'}, not {' or '.join(said['content'])}"
            return
        schema = said["content"][kind]["schema"]
        yield from self._unfit(body_of(request, self._whole(schema)), schema, "body")

    def _unfit(self, value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
        anchored = json.loads(json.dumps(schema).replace('"#/', '"urn:x#/'))
        validator = Draft202012Validator(anchored, registry=self._registry, format_checker=FormatChecker())
        for error in validator.iter_errors(value):
            yield f"{where}{''.join(f'/{key}' for key in error.absolute_path)}: {error.message}"


def spoken_newly(query: dict[str, str]) -> dict[str, str]:
    """*query* with `tweet.fields` as `post.fields`, without the values that have another name there."""
    if "tweet.fields" not in query:
        return query
    assert "post.fields" not in query, "one vocabulary a request"
    fields = [value for value in query["tweet.fields"].split(",") if value not in LEGACY]
    return {name: value for name, value in query.items() if name != "tweet.fields"} | {
        "post.fields": ",".join(fields)
    }


def read_as(schema: dict[str, Any], value: str) -> Any:
    """A parameter's text as the schema's kind of value."""
    match schema.get("type"):
        case "array":
            return value.split(",")
        case "integer":
            return int(value)
        case "boolean":
            return {"true": True, "false": False}[value]
    return value


def body_of(request: Request, schema: dict[str, Any]) -> Any:
    """The body as JSON has it; a file in a form is a text that stands for its bytes."""
    if not isinstance(request.body, Multipart):
        assert isinstance(request.body, bytes)
        return json.loads(request.body)
    kinds = schema.get("properties", {})
    found = {}
    for name, value in request.body.fields:
        plain = value if isinstance(value, str) else "(bytes)"
        found[name] = int(plain) if kinds.get(name, {}).get("type") == "integer" else plain
    return found


@cache
def contract() -> Contract:
    return Contract(json.loads(Path(DOCUMENT).read_text()))


def check(action: str, request: Request) -> None:
    """Fails when the document has something against *request*; else its operation counts as covered."""
    name, operation, _ = contract().operation(request)
    mistakes = contract().mistakes(request)
    assert not mistakes, f"{action} sends {request.method} {request.url}\n{request.body!r}\n{mistakes}"
    wanted = [set(kind["OAuth2UserToken"]) for kind in operation["security"] if "OAuth2UserToken" in kind]
    asked = set(PROGRAMS.get(f"x.{action}").action.scopes)
    assert action in APP_ONLY or any(scopes <= asked for scopes in wanted), f"{action}: {name} needs {wanted}"
    COVERED[name] += 1


def answer(request: Request, turn: int) -> Response:
    """An answer that any step can read: a list for listings, with one more page behind the first."""
    _, operation, _ = contract().operation(request)
    good = next(said for status, said in operation["responses"].items() if status.startswith("2"))
    schema = contract()._whole(good["content"]["application/json"]["schema"])
    thing = {
        "id": str(turn + 1),
        "username": "ada",
        "dm_event_id": "3",
        "dm_conversation_id": "22-33",
        "post_id": "4",
    }
    data = contract()._whole(schema.get("properties", {}).get("data", {}))
    body: dict[str, Any] = {"data": [thing] if data.get("type") == "array" else thing}
    body["meta"] = {"next_token": "7140dibdnow9c7btw"} if turn == 0 else {}
    return Response(200, {"content-type": "application/json"}, json.dumps(body).encode())


def sent(action: str, values: dict[str, Any], account: Account) -> list[Request]:
    """The requests of a run with *values*; it may end with a refusal of ours."""
    program = PROGRAMS.get(f"x.{action}")
    prepared, _ = program.input.prepare(values)
    requests: list[Request] = []

    def play(flow: Any) -> Any:
        given: Any = None
        try:
            while True:
                effect = flow.send(given)
                given = None
                if isinstance(effect, Send):
                    requests.append(effect.request)
                    given = answer(effect.request, len(requests) - 1)
                elif isinstance(effect, Together):
                    given = [play(inner) for inner in effect.flows]
        except StopIteration as end:
            return end.value

    # Two inputs that exclude each other are refused; anything else would be a mistake.
    with suppress(InvalidInput):
        play(run(program, prepared, account, now=1_795_000_000, run_id="r"))
    return requests


def made_up(schema: dict[str, Any], files: Callable[[list[str]], Any]) -> st.SearchStrategy[Any]:
    """Values that fit a schema of ours."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            return _objects(schema, files)
        case "array":
            most = min(schema.get("maxItems", 3), 4)
            unique = schema.get("uniqueItems", False)
            return st.lists(
                made_up(schema["items"], files),
                min_size=schema.get("minItems", 0),
                max_size=most,
                unique=unique,
            )
        case "integer":
            return st.integers(schema.get("minimum", 0), schema.get("maximum", 10**6))
        case "boolean":
            return st.booleans()
    return _texts(schema, files)


def _objects(schema: dict[str, Any], files: Callable[[list[str]], Any]) -> st.SearchStrategy[Any]:
    parts = {name: made_up(inner, files) for name, inner in schema.get("properties", {}).items()}
    needed = schema.get("required", [])
    return st.fixed_dictionaries(
        {name: parts[name] for name in needed},
        optional={name: part for name, part in parts.items() if name not in needed},
    )


def _texts(schema: dict[str, Any], files: Callable[[list[str]], Any]) -> st.SearchStrategy[Any]:
    if schema.get("format") == "media":
        return st.sampled_from(files(schema.get("x-media", {}).get("types", [])))
    if schema.get("format") == "date-time":
        return st.sampled_from(["2026-09-12T00:00:00Z", "2026-09-13T23:59:59Z"])
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True, alphabet=st.characters(codec="ascii"))
    least = schema.get("minLength", 0)
    most = max(least, min(schema.get("maxLength", 12), 12))
    return st.text(st.sampled_from('ab ñ日🚀/&?%"\\{$'), min_size=least, max_size=most)


@pytest.mark.parametrize("action", NAMES)
@settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_made_up_inputs(files: Any, action: str, data: st.DataObject) -> None:
    schema = {"type": "object", **PROGRAMS.get(f"x.{action}").input.schema}
    values = data.draw(made_up(schema, files))
    known = data.draw(st.booleans())
    account = Account("x", "t", id="1524880000000000001" if known else "")
    for request in sent(action, values, account):
        check(action, request)


def recorded(action: str) -> list[Request]:
    """The requests of an action's examples, which are those of its cassette."""
    tape = yaml.safe_load((FOLDER / "cassettes" / f"{action}.yaml").read_text())
    found = []
    for said in (turn["request"] for turn in tape["interactions"]):
        body = (said["body"] or "").encode()
        headers = {name: values[0] for name, values in said["headers"].items()}
        found.append(Request(said["method"], said["uri"], headers, body))
    return found


@pytest.mark.parametrize("action", NAMES)
def test_examples(action: str) -> None:
    for request in recorded(action):
        # A form is not recorded; made-up inputs have it.
        if request.body or request.method == "GET" or not is_upload(request):
            check(action, request)


def test_the_examples_call_most_of_what_an_app_may_call() -> None:
    called = {contract().operation(request)[0] for action in NAMES for request in recorded(action)}
    assert len(called) >= 92


def is_upload(request: Request) -> bool:
    return urlsplit(request.url).path.startswith("/2/media/upload")


@pytest.mark.parametrize(
    ("method", "url", "body", "wanted"),
    [
        ("GET", "/2/nothing", None, "X has no"),
        ("GET", "/2/tweets?ids=1&fields=a", None, "there is no query parameter fields"),
        ("GET", "/2/tweets", None, "ids is missing"),
        ("GET", "/2/tweets/a-b", None, "does not match"),
        ("GET", "/2/tweets?ids=1&tweet.fields=like", None, "is not one of"),
        ("POST", "/2/tweets", {"text": "a", "media_ids": ["1"]}, "Additional properties"),
        ("POST", "/2/tweets", {"poll": {"options": ["a"], "duration_minutes": 5}}, "too short"),
        ("DELETE", "/2/tweets/1", {"a": 1}, "none is described"),
    ],
)
def test_a_request_that_does_not_fit_is_found(method: str, url: str, body: Any, wanted: str) -> None:
    headers = {} if body is None else {"Content-Type": "application/json"}
    request = Request(method, f"https://api.x.com{url}", headers, json.dumps(body).encode() if body else b"")
    with pytest.raises(AssertionError, match=re.escape(wanted)):
        check("get_post", request)
