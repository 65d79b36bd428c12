"""From a manifest's words to a request; above all, where the credential may go."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postwire.decide.build import Builder
from postwire.errors import ActionFailed
from postwire.language.functions import ExpressionProblem
from postwire.language.manifest import RequestSpec
from postwire.secret import Secret
from postwire.values import Multipart, Request, Slice

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.accounts.account import Account
    from postwire.decide.api import Api

    Build = Callable[..., Request]


@dataclass(frozen=True)
class File:
    """What a body needs of a file."""

    path: Path = Path("clip.mp4")
    first: int = 10
    size: int = 90
    name: str = "clip.mp4"
    type: str = "video/mp4"


@pytest.fixture
def build(make_api: Callable[..., Api], account: Account) -> Build:
    """Builds a request from its words and a scope."""

    def build(
        words: dict[str, Any], /, api: Api | None = None, *, acting: Account | None = account, **scope: Any
    ) -> Request:
        api = api or make_api(trust=["graph.example.com"], reach=["*.upload.example.net"])
        return Builder(RequestSpec.model_validate(words), api).build(scope, acting, "the-boundary")

    return build


def token(request: Request) -> str | None:
    return request.credential.value.reveal() if request.credential else None


# Where the credential goes.


@pytest.mark.parametrize(
    ("address", "has_token"),
    [
        ("/v2/me", True),
        ("https://api.example.com/v2/me", True),
        ("https://API.example.com/v2/me", True),
        ("https://api.example.com:443/v2/me", True),
        ("https://graph.example.com/me", True),
        ("https://eu.upload.example.net/x?token=1", False),
        ("https://a.b.upload.example.net/x", False),
    ],
)
def test_the_credential_goes_to_trusted_hosts_only(build: Build, address: str, has_token: bool) -> None:
    request = build({"get": "${{ to }}"}, to=address)
    assert token(request) == ("Bearer act.secret" if has_token else None)
    assert "act.secret" not in repr(request)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("https://evil.example/x", "does not declare"),
        ("https://upload.example.net/x", "does not declare"),
        ("https://api.example.com.evil.example/x", "does not declare"),
        ("https://evil.example/upload.example.net", "does not declare"),
        ("https://xapi.example.com/", "does not declare"),
        ("https://127.0.0.1/x", "does not declare"),
        ("https://[::1]/x", "does not declare"),
        ("https://api.example.com./x", "does not declare"),
        ("https://api.example.com@evil.example/x", "no address"),
        ("https://user:pass@api.example.com/x", "no address"),
        ("https://evil.example\\@api.example.com/x", "no address"),
        ("https://evil.example\\.upload.example.net/x", "no address"),
        ("https://api.exam\nple.com/x", "no address"),
        ("https://api.example.com/a b", "no address"),
        ("https://api.example.com/\r\nHost: evil", "no address"),
        ("https://[::1/x", "no address"),
        ("https:///x", "no address"),
        ("ftp://api.example.com/x", "no address"),
        ("file:///etc/passwd", "no address"),
        ("v2/me", "no address"),
        ("?a=b", "no address"),
        ("http://api.example.com/v2/me", "not encrypted"),
        ("http://eu.upload.example.net/x", "does not declare|not encrypted"),
    ],
)
def test_an_address_elsewhere_is_refused(build: Build, address: str, message: str) -> None:
    with pytest.raises(ActionFailed, match=message) as caught:
        build({"get": "${{ to }}"}, to=address)
    assert caught.value.code == "internal"
    assert caught.value.sent == "no"


@given(host=st.text(st.sampled_from("apiexmlcom.@:/\\#?[]%1 \t"), max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_spelling_of_a_host_gets_the_credential_elsewhere(build: Build, host: str) -> None:
    try:
        request = build({"get": "${{ to }}"}, to=f"https://{host}")
    except ActionFailed:
        return
    assert urlsplit(request.url).hostname == "api.example.com"
    assert "@" not in urlsplit(request.url).netloc


@pytest.mark.parametrize("address", ["//evil.example/x", "/\\evil.example/x", "/@evil.example"])
def test_a_path_never_leaves_the_base(build: Build, address: str) -> None:
    try:
        request = build({"get": "${{ to }}"}, to=address)
    except ActionFailed:
        return
    assert request.url.startswith("https://api.example.com/")


def test_a_plain_base_may_be_called_plainly(build: Build, make_api: Callable[..., Api]) -> None:
    request = build({"get": "/me"}, make_api(base="http://127.0.0.1:8000/alpha"))
    assert request.url == "http://127.0.0.1:8000/alpha/me"
    assert token(request) == "Bearer act.secret"


@pytest.mark.parametrize(
    ("auth", "scope", "wanted"),
    [
        ("account", {}, "Bearer act.secret"),
        ("none", {}, None),
        ("${{ page.token }}", {"page": {"token": Secret("page.secret")}}, "Bearer page.secret"),
        ("${{ page.token }}", {"page": {"token": Secret("none")}}, "Bearer none"),
    ],
)
def test_whose_credential_is_sent(build: Build, auth: str, scope: dict[str, Any], wanted: str | None) -> None:
    assert token(build({"get": "/me", "auth": auth}, **scope)) == wanted


@pytest.mark.parametrize("page", [{}, {"token": None}, {"token": "plain text"}, {"token": 5}])
def test_the_account_never_stands_in_for_a_credential_that_is_not_there(
    build: Build, page: dict[str, Any]
) -> None:
    with pytest.raises(ActionFailed, match="credential"):
        build({"get": "/me", "auth": "${{ page.token }}"}, page=page)


def test_another_credential_goes_to_trusted_hosts_only_too(build: Build) -> None:
    words = {"get": "https://eu.upload.example.net/x", "auth": "${{ page.token }}"}
    assert token(build(words, page={"token": Secret("page.secret")})) is None


def test_without_an_account_or_without_auth_nothing_is_sent(
    build: Build, make_api: Callable[..., Api]
) -> None:
    assert build({"get": "/me"}, acting=None).credential is None
    assert build({"get": "/me"}, make_api(auth="none")).credential is None


# Addresses and queries.


@pytest.mark.parametrize(
    ("words", "url"),
    [
        ({"get": "/me"}, "/me"),
        ({"get": "/posts/${{ id }}"}, "/posts/..%2Fa%20b"),
        ({"get": "/me", "query": {}}, "/me"),
        ({"get": "/me", "query": {"a": "${{ other }}", "b": "${{ none }}"}}, "/me"),
        ({"get": "/me?x=1", "query": {"a": 1}}, "/me?x=1&a=1"),
        ({"get": "/me", "query": {"fields": "id,name", "n": 5, "yes": True, "ratio": 2.0}},
         "/me?fields=id,name&n=5&yes=true&ratio=2"),
        ({"get": "/me", "query": {"ids": "${{ list }}"}}, "/me?ids=a%2Cb,c%26d,5"),
        ({"get": "/me", "query": {"q": "${{ text }}"}}, "/me?q=a%26b%3Dc%20d%2Fe%C3%BC"),
        ({"get": "/me", "query": {"a[b]&": "x"}}, "/me?a%5Bb%5D%26=x"),
        ({"get": "/me", "query": {"empty": ""}}, "/me?empty="),
    ],
)  # fmt: skip
def test_addresses_and_queries(build: Build, words: dict[str, Any], url: str) -> None:
    scope = {"id": "../a b", "none": None, "list": ["a,b", "c&d", 5], "text": "a&b=c d/eü"}
    assert build(words, **scope).url == f"https://api.example.com{url}"


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_query_gives_back_what_went_in(build: Build, text: str) -> None:
    url = build({"get": "/me", "query": {"a": "${{ text }}", "b": 1}}, text=text).url
    assert parse_qs(urlsplit(url).query, strict_parsing=True) == {"a": [text], "b": ["1"]}


@pytest.mark.parametrize(
    "address", ["/posts/${{ other }}", "${{ other }}", "${{ none }}", "${{ five }}", "${{ empty }}"]
)
def test_an_address_without_a_value_is_an_error(build: Build, address: str) -> None:
    with pytest.raises(ActionFailed, match="no value") as caught:
        build({"get": address}, none=None, five=5, empty="")
    assert caught.value.sent == "no"


@pytest.mark.parametrize("value", [{"a": 1}, [None], "\ud83d", [[1]]])
def test_a_value_that_has_no_place_in_a_query(build: Build, value: Any) -> None:
    with pytest.raises(ExpressionProblem):
        build({"get": "/me", "query": {"a": "${{ value }}"}}, value=value)


# Headers.


def test_headers_of_the_integration_and_of_the_request(build: Build, make_api: Callable[..., Api]) -> None:
    api = make_api(headers={"X-Version": "1", "X-Both": "api", "X-Of": "${{ input.of }}"})
    words = {
        "post": "/me",
        "json": {"a": 1},
        "headers": {"x-both": "own", "X-Not": "${{ input.other }}", "X-N": 5},
    }
    request = build(words, api, input={"of": "them"})
    assert dict(request.headers) == {
        "Content-Type": "application/json",
        "X-Version": "1",
        "X-Of": "them",
        "x-both": "own",
        "X-N": "5",
    }


def test_a_header_replaces_the_type_of_the_body(build: Build) -> None:
    request = build(
        {"post": "/me", "media": "${{ file }}", "headers": {"content-type": "video/webm"}}, file=File()
    )
    assert dict(request.headers) == {"content-type": "video/webm"}


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "ü", "😀", "\x7f"])
def test_a_header_cannot_begin_another(build: Build, value: str) -> None:
    with pytest.raises(ExpressionProblem, match="X-Name"):
        build({"get": "/me", "headers": {"X-Name": "a ${{ value }}"}}, value=value)


# Bodies.


def test_a_request_without_a_body(build: Build) -> None:
    request = build({"delete": "/posts/1"})
    assert (request.method, request.body, dict(request.headers)) == ("DELETE", b"", {})


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ({"a": "ü", "b": [1, None, True]}, '{"a":"ü","b":[1,null,true]}'),
        ({"a": "${{ other }}", "b": 1}, '{"b":1}'),
        ({"a": "${{ other }}"}, "{}"),
        (["${{ n }}"], "[5]"),
        ("${{ text }}", '"${{ n }}"'),
    ],
)
def test_json(build: Build, value: Any, body: str) -> None:
    request = build({"post": "/me", "json": value}, n=5, text="${{ n }}")
    assert request.body == body.encode()
    assert request.headers["Content-Type"] == "application/json"
    json.loads(body)


@pytest.mark.parametrize("value", [File(), Secret("x"), float("nan"), "\ud83d", {1, 2}])
def test_what_json_has_no_word_for(build: Build, value: Any) -> None:
    with pytest.raises(ExpressionProblem):
        build({"post": "/me", "json": {"a": "${{ value }}"}}, value=value)


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"a": "x y&z=ü", "n": 5, "yes": True}, b"a=x+y%26z%3D%C3%BC&n=5&yes=true"),
        ({"list": "${{ list }}"}, b"list=a%2Cb"),
        ({"a": "${{ other }}", "b": "${{ none }}", "c": ""}, b"c="),
        ({"a": "${{ other }}"}, b""),
    ],
)
def test_form(build: Build, fields: dict[str, Any], body: bytes) -> None:
    request = build({"post": "/me", "form": fields}, list=["a", "b"], none=None)
    assert request.body == body
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("value", [File(), {"a": 1}, "\ud83d", [None]])
def test_what_a_form_has_no_place_for(build: Build, value: Any) -> None:
    with pytest.raises(ExpressionProblem):
        build({"post": "/me", "form": {"a": "${{ value }}"}}, value=value)


def test_multipart(build: Build) -> None:
    fields = {
        "title": "a",
        "n": 5,
        "source": "${{ file }}",
        "not": "${{ other }}",
        "none": "${{ none }}",
        "l": [1, 2],
    }
    request = build({"post": "/me", "multipart": fields}, file=File(), none=None)
    assert request.body == Multipart(
        (("title", "a"), ("n", "5"), ("source", Slice(Path("clip.mp4"), 10, 90)), ("l", "1,2")),
        "the-boundary",
        {"source": "clip.mp4"},
        {"source": "video/mp4"},
    )
    assert request.headers["Content-Type"] == "multipart/form-data; boundary=the-boundary"


def test_media_is_a_range_of_a_file(build: Build) -> None:
    request = build({"put": "/me", "media": "${{ file }}"}, file=File())
    assert request.body == Slice(Path("clip.mp4"), 10, 90)
    assert dict(request.headers) == {"Content-Type": "video/mp4"}


@pytest.mark.parametrize("media", ["${{ other }}", "${{ text }}", "text"])
def test_a_media_body_needs_media(build: Build, media: str) -> None:
    with pytest.raises(ActionFailed, match="needs a media input"):
        build({"put": "/me", "media": media}, text="/etc/passwd")
