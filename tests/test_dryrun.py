"""A rehearsal: what would be sent, with nothing sent and nothing secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from postwire import Account, Client, InvalidInput, Secret
from postwire.dryrun import show
from postwire.media import sample
from postwire.values import Credential, Multipart, Request, Slice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Refusing:
    """A transport that must not be used."""

    def send(self, *_: Any) -> Any:
        raise AssertionError("something was sent")

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def client(acme: Any, tmp_path: Path) -> Iterator[Client]:
    account = Account("acme", "planted-token", id="u-7", facts={"kind": "page"})
    with Client(account, integrations=[acme.folder], transport=Refusing(), media=tmp_path / "media") as made:
        yield made


def record(acme: Any, name: str, *answers: tuple[str, str, Any]) -> None:
    entries = [
        {
            "request": {"method": method, "uri": f"https://{uri}", "body": None, "headers": {}},
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {"Content-Type": ["application/json"]},
                "body": {"string": body},
            },
        }
        for method, uri, body in answers
    ]
    folder = acme.folder / "cassettes"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(yaml.safe_dump({"interactions": entries, "version": 1}))


def test_one_request_is_shown_whole(client: Client, acme: Any) -> None:
    acme.write(
        "it",
        """
        effect: create
        input: {required: [text], properties: {text: {type: string}}}
        request:
          post: /${{ account.id }}/posts
          query: {kind: '${{ account.kind }}', access_token: planted-query}
          json: {text: '${{ input.text }}', size: 3}
        """,
    )
    told = client.dry_run("acme.it", text="Hello")
    assert told["requests"] == [
        {
            "step": "request",
            "method": "POST",
            "url": "https://api.acme.example/u-7/posts",
            "headers": {"Content-Type": "application/json", "Authorization": "Bearer •••"},
            "query": {"kind": "page", "access_token": "•••"},
            "json": {"text": "Hello", "size": 3},
        }
    ]
    assert told["checks"] == []


UPLOAD = "https://upload.acme.example/u"
UP = """
effect: create
input: {required: [file], properties: {file: {type: string, format: media}}}
steps:
  - {id: init, request: {post: /init, form: {a: 1}}, save: {url: '${{ body.url }}'}}
  - {id: up, upload: {put: '${{ steps.init.url }}', media: '${{ input.file }}', part_size: 30KB, auth: none}}
  - {id: each, foreach: '${{ [1, 2] }}', parallel: 2, do: [{id: look, request: {get: '/look/${{ item }}'}}]}
"""


def test_later_requests_are_built_from_the_examples_answers(
    client: Client, acme: Any, tmp_path: Path
) -> None:
    acme.write("it", UP)
    record(
        acme,
        "it",
        ("POST", "api.acme.example/init", f'{{"url": "{UPLOAD}?upload_token=planted"}}'),
        ("PUT", "upload.acme.example/u", ""),
        ("PUT", "upload.acme.example/u", ""),
        ("GET", "api.acme.example/look/1", "{}"),
        ("GET", "api.acme.example/look/2", "{}"),
    )
    told = client.dry_run("acme.it", file=sample.VIDEO.read_bytes())
    first, *later = told["requests"]
    assert [request["step"] for request in told["requests"]] == [
        "init",
        "up[0]",
        "up[1]",
        "each[0].look",
        "each[1].look",
    ]
    assert (first["form"], "note" in first) == ({"a": "1"}, False)
    assert {request["note"] for request in later} == {"built from the example's answers"}
    assert later[0]["body"].startswith("30000 bytes of ")
    assert later[0]["query"] == {"upload_token": "•••"}
    assert "Authorization" not in later[0]["headers"]
    assert told["checks"] == []
    assert "planted" not in str(told)
    assert not [path for path in (tmp_path / "media").rglob("*") if path.is_file()]


def test_what_it_costs_is_said(client: Client, acme: Any) -> None:
    listed = "costs: [{path: /posts, cost: 0.01, unit: USD}, {path: /free, cost: 5, unit: USD}]"
    acme.describe((acme.folder / "integration.yaml").read_text() + listed)
    acme.write("it", "effect: create\nrequest: {post: /posts}")
    assert client.dry_run("acme.it")["checks"] == ["Costs 0.01 USD for one call of /posts."]
    about = client.describe("acme.it")
    assert about["costs"] == ["0.01 USD for each call of /posts"]


def test_where_the_example_ends_the_rehearsal_ends(client: Client, acme: Any) -> None:
    acme.write("it", UP)
    record(acme, "it", ("POST", "api.acme.example/init", f'{{"url": "{UPLOAD}"}}'))
    told = client.dry_run("acme.it", file=b"content")
    assert [request["step"] for request in told["requests"]] == ["init", "up"]
    assert "there is no example" in told["checks"][0]


def test_an_input_that_does_not_fit_is_refused(client: Client, acme: Any) -> None:
    acme.write("it", UP)
    with pytest.raises(InvalidInput) as caught:
        client.dry_run("acme.it")
    assert [field.path for field in caught.value.fields] == ["/file"]


CHECKED = """
effect: create
input: {properties: {a: {type: integer}}}
steps:
  - {id: early, when: input.a > 5, fail: {code: invalid_input, field: /a, message: too large}}
  - {id: look, request: {get: /limits}, save: {most: '${{ body.most }}'}}
  - {id: late, when: input.a > steps.look.most, fail: {code: invalid_input, field: /a, message: too large}}
"""


def test_a_check_of_the_action_is_made(client: Client, acme: Any) -> None:
    acme.write("it", CHECKED)
    with pytest.raises(InvalidInput, match="too large"):
        client.dry_run("acme.it", a=6)


def test_a_check_against_the_examples_answers_is_only_a_note(client: Client, acme: Any) -> None:
    acme.write("it", CHECKED)
    record(acme, "it", ("GET", "api.acme.example/limits", '{"most": 2}'))
    told = client.dry_run("acme.it", a=3)
    assert told["checks"] == ["The example's answers do not fit this input; on the platform they may."]


def test_a_failure_of_the_example_is_a_note(client: Client, acme: Any) -> None:
    acme.write("it", CHECKED)
    record(acme, "it", ("GET", "api.acme.example/limits", "{}"))
    (note,) = client.dry_run("acme.it", a=3)["checks"]
    assert note.startswith("The example's answers end it here: ")


@pytest.mark.parametrize(
    ("request_", "shown"),
    [
        (
            Request(
                "POST",
                "https://a.example/t",
                {"Content-Type": "application/x-www-form-urlencoded"},
                b"a=1&client_secret=planted",
            ),
            {"form": {"a": "1", "client_secret": "•••"}},
        ),
        (
            Request(
                "POST",
                "https://a.example/t",
                {},
                Multipart((("text", "hi"), ("file", Slice(sample.VIDEO, 0, 9))), "b"),
            ),
            {"form": {"text": "hi", "file": "9 bytes of sample.mp4"}},
        ),
        (
            Request("PUT", "https://a.example/t", {}, Slice(sample.VIDEO, 5, 9)),
            {"body": "9 bytes of sample.mp4 from byte 5"},
        ),
        (
            Request(
                "GET", "https://a.example/t", credential=Credential(Secret("planted"), "header", "X-Key")
            ),
            {"headers": {"X-Key": "•••"}},
        ),
        (
            Request(
                "GET", "https://a.example/t?a=1", credential=Credential(Secret("planted"), "query", "key")
            ),
            {"query": {"a": "1", "key": "•••"}},
        ),
    ],
    ids=["form", "multipart", "range", "in a header", "in the query"],
)
def test_bodies_are_told_for_people(request_: Request, shown: dict[str, Any]) -> None:
    told = show(request_)
    assert {key: told[key] for key in shown} == shown
    assert "planted" not in str(told)
