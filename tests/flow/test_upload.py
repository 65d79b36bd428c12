"""A file in parts: the plan, the order, and where it goes on after trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.flow.conftest import failed, keys

from postwire import ActionFailed, OutcomeUnknown
from postwire.decide.retry import Policy
from postwire.media.source import open_media
from postwire.media.store import MediaStore
from postwire.media.value import MediaValue
from postwire.testing import answer
from postwire.values import Lost, Send, Slice, Together

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = """
effect: create
input: {required: [file], properties: {file: {type: string, format: media}}}
steps:
  - id: begin
    request: {post: /uploads}
    save: {url: '${{ body.url }}', ranges: '${{ body.ranges ?? null }}'}
  - id: send
    upload:
      media: ${{ input.file }}
      put: ${{ steps.begin.url }}
      auth: none
      headers: {Content-Range: 'bytes ${{ part.first }}-${{ part.last }}/${{ part.total }}'}
"""
TAIL = """
    collect: ${{ headers.etag }}
return: {etags: '${{ steps.send.items }}', count: '${{ steps.send.count }}'}
output: {properties: {etags: {type: array}, count: {type: integer}}}
"""
BEGUN = answer({"url": "https://upload.acme.example/u?token=planted-upload-token"})
LOST = Lost("maybe", "the connection broke off")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[dict[str, Any]]:
    (tmp_path / "ten.bin").write_bytes(b"0123456789")
    store = MediaStore(tmp_path / "store")
    media = open_media(tmp_path / "ten.bin", store=store, fetch=None, field="/file")
    yield {"file": MediaValue(media)}
    store.close()


def plan(acme: Any, words: str) -> Any:
    return acme.write(
        "it", HEAD + "".join(f"      {word}\n" for word in words.split("; ")) + TAIL.lstrip("\n")
    )


def etag(name: str) -> Any:
    return answer(status=201, etag=name)


def elsewhere(content_range: str) -> Any:
    return answer(status=416, content_range=content_range)


def sent(played: Any) -> list[tuple[int, int]]:
    bodies = [request.body for request in played.requests]
    return [(body.first, body.size) for body in bodies if isinstance(body, Slice)]


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("part_size: 4", [(0, 4), (4, 4), (8, 2)]),
        ("part_size: 4; remainder: last", [(0, 4), (4, 6)]),
        ("part_size: 10", [(0, 10)]),
        ("part_size: 1MB", [(0, 10)]),
        ("part_size: '${{ input.file.size / 2 }}'", [(0, 5), (5, 5)]),
    ],
)
def test_the_parts_are_as_planned(acme: Any, file: Any, words: str, parts: list[tuple[int, int]]) -> None:
    played = plan(acme, words).play(BEGUN, *(etag(f"e{n}") for n in range(len(parts))), given=file)
    assert sent(played) == parts
    assert played.value.output == {"etags": [f"e{n}" for n in range(len(parts))], "count": len(parts)}
    ranges = [request.headers["Content-Range"] for request in played.requests[1:]]
    assert ranges == [f"bytes {first}-{first + size - 1}/10" for first, size in parts]
    assert all(request.credential is None for request in played.requests[1:])


def test_the_server_may_say_which_parts(acme: Any, file: Any) -> None:
    words = "ranges: '${{ steps.begin.ranges }}'; first: '${{ range.a }}'; last: '${{ range.b }}'"
    begun = answer({"url": "https://upload.acme.example/u", "ranges": [{"a": 0, "b": 2}, {"a": 3, "b": 9}]})
    assert sent(plan(acme, words).play(begun, etag("a"), etag("b"), given=file)) == [(0, 3), (3, 7)]


@pytest.mark.parametrize("ranges", [None, [], [{"a": 0, "b": 10}], [{"a": "0", "b": 3}]])
def test_ranges_that_are_none_end_it_before_a_byte(acme: Any, file: Any, ranges: Any) -> None:
    words = "ranges: '${{ steps.begin.ranges }}'; first: '${{ range.a }}'; last: '${{ range.b }}'"
    begun = answer({"url": "https://upload.acme.example/u", "ranges": ranges})
    with pytest.raises(ActionFailed):
        plan(acme, words).play(begun, given=file)


def test_what_is_collected_in_parallel_keeps_the_order_of_the_parts(acme: Any, file: Any) -> None:
    acme = plan(acme, "part_size: 2; parallel: 3")
    played = acme.play(BEGUN, *map(etag, "abcde"), given=file)
    assert played.value.output["etags"] == list("abcde")
    (together,) = (effect for effect in played.effects if isinstance(effect, Together))
    assert (len(together.flows), together.limit) == (5, 3)


def test_bytes_before_each_part_are_told(acme: Any, file: Any) -> None:
    played = plan(acme, "part_size: 4").play(BEGUN, *map(etag, "abc"), given=file)
    told = [effect.progress for effect in played.effects if isinstance(effect, Send)]
    assert [(p.step, p.before, p.total) for p in told if p] == [
        ("send", 0, 10),
        ("send", 4, 10),
        ("send", 8, 10),
    ]


@pytest.mark.parametrize("said", ["bytes 0-4/10", "bytes 0-3/10"], ids=["a count", "the last index"])
def test_after_416_it_goes_on_where_the_server_is(acme: Any, file: Any, said: str) -> None:
    acme = plan(acme, "part_size: 4; resync: true")
    played = acme.play(BEGUN, etag("a"), etag("b"), elsewhere(said), etag("B"), etag("c"), given=file)
    assert sent(played) == [(0, 4), (4, 4), (8, 2), (4, 4), (8, 2)]
    assert played.value.output["etags"] == ["a", "B", "c"]
    assert len(keys(played)) == len(set(keys(played)))


@pytest.mark.parametrize("said", ["bytes 0-10/10", "bytes 0-9/10"])
def test_a_lost_answer_to_the_last_part_is_settled_by_the_server(acme: Any, file: Any, said: str) -> None:
    acme = plan(acme, "part_size: 5; resync: true")
    played = acme.play(BEGUN, etag("a"), LOST, elsewhere(said), given=file)
    assert played.value.output == {"etags": ["a"], "count": 2}


@pytest.mark.parametrize("said", ["bytes 0-3/10", "", "bytes */10"])
def test_a_place_that_is_no_border_ends_it(acme: Any, file: Any, said: str) -> None:
    with pytest.raises(ActionFailed, match="where the upload goes on") as caught:
        plan(acme, "part_size: 5; resync: true").play(BEGUN, elsewhere(said), given=file)
    assert caught.value.code == "conflict"


def test_a_server_that_never_agrees_ends_it(acme: Any, file: Any) -> None:
    with pytest.raises(ActionFailed, match="where the upload goes on"):
        plan(acme, "part_size: 5; resync: true").play(
            BEGUN, etag("a"), *[elsewhere("bytes 0-5/10")] * 20, given=file
        )


def test_without_resync_416_is_a_refusal(acme: Any, file: Any) -> None:
    with pytest.raises(ActionFailed) as caught:
        plan(acme, "part_size: 5").play(BEGUN, elsewhere("bytes 0-5/10"), given=file)
    assert caught.value.provider["status"] == 416


@pytest.mark.parametrize(
    "trouble", [answer(status=500), answer(status=503), LOST], ids=["500", "503", "lost"]
)
def test_trouble_with_a_part_repeats_only_that_part(acme: Any, file: Any, trouble: Any) -> None:
    played = plan(acme, "part_size: 4").play(BEGUN, etag("a"), trouble, etag("b"), etag("c"), given=file)
    assert sent(played) == [(0, 4), (4, 4), (4, 4), (8, 2)]
    assert played.value.output["etags"] == ["a", "b", "c"]


@pytest.mark.parametrize("after", [[], [answer(status=404)]], ids=["no answer at all", "then a refusal"])
def test_no_answer_to_the_last_part_is_unknown(acme: Any, file: Any, after: list[Any]) -> None:
    attempts = Policy(attempts=len(after) + 1)
    error = failed(plan(acme, "part_size: 5"), BEGUN, etag("a"), LOST, *after, given=file, policy=attempts)
    assert isinstance(error, OutcomeUnknown)
    assert error.saved == {"begin.url": "https://upload.acme.example/u"}


def test_no_answer_to_an_earlier_part_is_not(acme: Any, file: Any) -> None:
    error = failed(plan(acme, "part_size: 5"), BEGUN, LOST, given=file, policy=Policy(attempts=1))
    assert (error.code, error.step) == ("transient", "send[0]")


def test_a_part_that_is_refused_after_some_other_loss_is_just_refused(acme: Any, file: Any) -> None:
    error = failed(plan(acme, "part_size: 5"), BEGUN, LOST, etag("a"), answer(status=413), given=file)
    assert (error.code, error.sent, error.step) == ("media_rejected", "yes", "send[1]")


def test_a_failure_in_parallel_ends_it_and_keeps_what_is_known(acme: Any, file: Any) -> None:
    error = failed(plan(acme, "part_size: 4; parallel: 2"), BEGUN, etag("a"), answer(status=413), given=file)
    assert (error.code, error.step) == ("media_rejected", "send[1]")
    assert "planted-upload-token" not in str(error.to_dict())
    assert error.saved == {"begin.url": "https://upload.acme.example/u"}
