"""The kit itself: a case passes when all is as described, and says what differs when it is not."""

from __future__ import annotations

import json
import tempfile
from typing import Any

import pytest
import yaml

from postwire import ActionFailed, Secret
from postwire.testing import TOKEN, answer, cases, play
from postwire.values import Event, Lost, Renew, Report, Request, Response, Send, Sleep, Together

ACTION = """
effect: create
input: {required: [text], properties: {text: {type: string}, file: {type: string, format: media}}}
request:
  post: /posts
  query: {b: 2, a: 1}
  json: {text: '${{ input.text }}', bytes: '${{ input.file.size }}'}
return: {id: '${{ body.id }}'}
output: {required: [id], properties: {id: {type: string}}}
examples:
  - {input: {text: Hello, file: sample.mp4}, return: {id: p-1}}
  - {name: refused, input: {text: Bad}, error: not_found}
"""


def interaction(body: str, status: int, sent: str, uri: str = "posts?a=1&b=2") -> dict[str, Any]:
    return {
        "request": {"method": "POST", "uri": f"https://api.acme.example/{uri}", "body": sent, "headers": {}},
        "response": {
            "status": {"code": status, "message": ""},
            "headers": {"Content-Type": ["application/json"]},
            "body": {"string": body},
        },
    }


FIRST = interaction('{"id": "p-1"}', 200, '{"bytes": 40274, "text": "Hello"}')
SECOND = interaction('{"error": {"message": "No."}}', 404, '{"text": "Bad"}')


@pytest.fixture(autouse=True)
def size() -> None:
    from postwire.media import sample

    FIRST["request"]["body"] = f'{{"bytes": {sample.VIDEO.stat().st_size}, "text": "Hello"}}'


def check(acme: Any, *interactions: dict[str, Any], action: str = ACTION) -> None:
    acme.write("post", action)
    (acme.folder / "cassettes").mkdir()
    tape = {"source": "documentation", "interactions": list(interactions), "version": 1}
    (acme.folder / "cassettes" / "post.yaml").write_text(yaml.safe_dump(tape))
    (case,) = cases(acme.folder)
    assert str(case) == "acme.post"
    case.check()


def test_a_case_passes_when_all_is_as_described(acme: Any) -> None:
    check(acme, FIRST, SECOND)


@pytest.mark.parametrize(
    ("interactions", "action", "message"),
    [
        ([FIRST], ACTION, "no answer left for POST https://api.acme.example/posts"),
        ([FIRST, SECOND, SECOND], ACTION, "1 recorded answers of acme.post were never asked for"),
        ([FIRST, SECOND], ACTION.replace("b: 2", "b: 3"), "the request differs"),
        ([FIRST, SECOND], ACTION.replace("post: /posts", "put: /posts"), "the request differs"),
        ([FIRST, SECOND], ACTION.replace("json: {", "json: {more: 1, "), "the body differs"),
        ([FIRST, SECOND], ACTION.replace("{id: p-1}", "{id: p-2}"), "the result differs"),
        (
            [FIRST, SECOND],
            ACTION.replace("error: not_found", "error: conflict"),
            "acme.post failed: not_found: No.",
        ),
        (
            [FIRST, FIRST],
            ACTION.replace("text: Bad", "text: Hello, file: sample.mp4"),
            "should have failed with not_found",
        ),
        (
            [FIRST, SECOND],
            ACTION.replace("required: [id]", "required: [id, url]"),
            "output schema of acme.post does not",
        ),
        ([FIRST, SECOND], ACTION.replace("input: {text: Bad}", "input: {}"), "invalid_input"),
    ],
)
def test_a_case_says_what_differs(acme: Any, interactions: Any, action: str, message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check(acme, *interactions, action=action)
    assert message in str(caught.value)


FILE = """
effect: create
input: {required: [file], properties: {file: {type: object, properties: {it: {type: array, items: MEDIA}}}}}
request: {post: /files, query: {a: 1, b: 2}, json: {is: '${{ input.file.it[0].SHOWN }}'}}
return: {id: p-1}
examples: [{input: {file: {it: [NAME]}}, return: {id: p-1}}]
""".replace("MEDIA", "{type: string, format: media, x-media: {types: [video/mp4, image/jpeg, image/png]}}")


@pytest.mark.parametrize(
    ("name", "shown", "value"),
    [
        ("sample.mp4", "seconds", 3.0),
        ("sample-100KB.mp4", "size", 100_000),
        ("sample-100KB.mp4", "seconds", 3.0),
        ("sample-1.5MiB.mp4", "size", 1_572_864),
        ("sample.jpg", "type", "image/jpeg"),
        ("sample.png", "type", "image/png"),
        ("sample.png", "width", 1200),
    ],
)
def test_sample_files_stand_where_an_example_names_them(
    acme: Any, name: str, shown: str, value: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "made"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    sent = interaction('{"id": "p-1"}', 200, json.dumps({"is": value}), "files?a=1&b=2")
    check(acme, sent, action=FILE.replace("NAME", name).replace("SHOWN", shown))
    assert not [path for path in place.iterdir() if path.name.startswith("postwire-")]  # gone again


@pytest.mark.parametrize("name", ["sample-1KB.mp4", "sample-1XB.mp4"])
def test_a_sample_of_no_size(acme: Any, name: str) -> None:
    with pytest.raises(ValueError, match=r"a sample video has|is no unit of size"):
        check(acme, FIRST, action=FILE.replace("NAME", name).replace("SHOWN", "size"))


@pytest.mark.parametrize("name", ["my-sample.mp4", "sample.gif", "sample-9KB.png"])
def test_other_names_are_left_alone(acme: Any, name: str) -> None:
    with pytest.raises(AssertionError, match="invalid_input"):
        check(acme, FIRST, action=FILE.replace("NAME", name).replace("SHOWN", "size"))


def test_an_action_without_a_cassette_is_no_passing_case(acme: Any) -> None:
    acme.write("post", ACTION).write("_private", ACTION)
    (case,) = cases(str(acme.folder))
    with pytest.raises(AssertionError, match=r"acme\.post has no cassette"):
        case.check()


def test_the_token_of_a_case_never_shows(acme: Any) -> None:
    said = interaction(f'{{"error": {{"message": "{TOKEN} is bad"}}}}', 404, '{"text": "Bad"}')
    check(acme, FIRST, said)  # the platform repeats it, and the error hides it


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (answer(), Response(200, {}, b"")),
        (answer({"a": 1}, 201), Response(201, {"content-type": "application/json"}, b'{"a": 1}')),
        (answer(b"raw", retry_after="3"), Response(200, {"retry-after": "3"}, b"raw")),
    ],
)
def test_answers_are_as_a_platform_gives_them(made: Response, expected: Response) -> None:
    assert made == expected


def test_play_gives_each_effect_its_answer() -> None:
    request = Request("GET", "https://acme.example/?planted")
    fresh = Secret("fresh")

    def inner(key: str) -> Any:
        return (yield Send(key, request))

    def flow() -> Any:
        found = [(yield Send("a", request)), (yield Sleep("w", 3)), (yield Report(Event("step", "s")))]
        found += [(yield Renew("r")), (yield Together((inner("b"), inner("c")), 2))]
        return found

    first, second, third = answer(1), Lost("no", "gone"), answer(3)
    played = play(flow(), [first, second, third], fresh)
    assert played.value == [first, None, None, fresh, [second, third]]
    assert (len(played.requests), played.waits) == (3, [3])
    with pytest.raises(AssertionError, match=r"no answer is left for b: GET https://acme\.example/$"):
        play(flow(), [first])


def test_play_raises_what_it_is_given_in_the_flow() -> None:
    def flow() -> Any:
        try:
            yield Send("a", Request("GET", "https://acme.example/"))
        except ActionFailed as error:
            return error.code

    assert play(flow(), [ActionFailed("rate_limited", "Later.")]).value == "rate_limited"
