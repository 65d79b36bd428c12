"""`verify`: after a lost answer it is looked for, and the run goes on, goes back, or asks a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from postwire.decide.programs import Programs
from postwire.errors import OutcomeUnknown
from postwire.flow import run
from postwire.flow.state import Absent
from postwire.language.catalog import Catalog
from postwire.testing import Played, play
from postwire.values import Lost, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Acme

LOST = Lost("maybe", "no answer")
NOTES = """
effect: read
input: {properties: {limit: {type: integer, default: 5}}}
request: {get: /notes, query: {limit: '${{ input.limit }}'}}
return: ${{ body }}
output: {properties: {notes: {type: array, items: {type: object}}}}
"""
CREATE = """
effect: create
input: {properties: {text: {type: string}}}
steps:
  - id: begin
    request: {post: /drafts}
    save: {draft: '${{ body.id }}'}
  - id: publish
    request: {post: '/drafts/${{ steps.begin.draft }}/publish'}
    save: {id: '${{ body.id }}'}
return: {id: '${{ steps.publish.id }}', draft: '${{ steps.begin.draft }}'}
verify:
  - when: lost.step == 'begin'
    absent: 'true'
  - after: 90s
    call: list
    with: {limit: 7}
    match:
      $each: ${{ answer.notes }}
      as: note
      where: note.text == input.text and note.at >= run.now
      to: ${{ note }}
    found: len(match) > 0
    absent: len(answer.notes) == 0
    return: {id: '${{ match[0].id }}', draft: '${{ steps.begin.draft }}'}
    look: Look at the wall.
output: {properties: {id: {type: string}, draft: {type: string}}}
"""
OUTER = """
effect: create
input: {properties: {text: {type: string}}}
steps:
  - {id: inner, call: it, with: {text: '${{ input.text }}'}}
  - id: pin
    request: {post: '/notes/${{ steps.inner.id }}/pin'}
    save: {at: '${{ body.at }}'}
return: {id: '${{ steps.inner.id }}', at: '${{ steps.pin.at }}'}
output: {properties: {id: {type: string}, at: {type: integer}}}
"""
DRAFT = Response(200, {}, b'{"id": "d1"}')


def answer(value: Any) -> Response:
    return Response(200, {"content-type": "application/json"}, json.dumps(value).encode())


def note(text: str = "boats", at: float = 2_000.0) -> dict[str, Any]:
    return {"id": f"n-{text}", "text": text, "at": at}


@pytest.fixture
def playing(acme: Acme) -> Callable[..., Played]:
    acme.write("list", NOTES).write("it", CREATE).write("outer", OUTER)
    programs = Programs(Catalog([acme.folder]))

    def go(*answers: Any, name: str = "it", verify: bool = True) -> Played:
        program = programs.get(f"acme.{name}")
        values, _ = program.input.prepare({"text": "boats"})
        from postwire import Account

        who = Account("acme", "planted-acme-token", id="a-1")
        return play(run(program, values, who, now=1_000.0, run_id="r", verify=verify), answers)

    return go


def test_what_is_found_is_the_result(playing: Any) -> None:
    played = playing(DRAFT, LOST, answer({"notes": [note("ships"), note()]}))
    assert played.value.output == {"id": "n-boats", "draft": "d1"}
    assert played.requests[-1].url.endswith("/notes?limit=7")
    assert sum(played.waits) == 90


@pytest.mark.parametrize("found", [[note("ships")], [note(at=999.0)]], ids=["another text", "too old"])
def test_what_nobody_can_tell_stays_unknown_and_says_where_to_look(playing: Any, found: Any) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        playing(DRAFT, LOST, answer({"notes": found}))
    assert caught.value.remedy == "Look at the wall."
    assert caught.value.step == "publish"


def test_what_is_certainly_not_there_may_be_sent_again(playing: Any) -> None:
    with pytest.raises(Absent) as caught:
        playing(DRAFT, LOST, answer({"notes": []}))
    assert caught.value.step == "publish"
    with pytest.raises(Absent, match="begin"):  # known without looking
        playing(LOST)


def test_who_cannot_look_does_not_know(playing: Any) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        playing(DRAFT, LOST, Response(403, {}, b"{}"))
    assert "Could not look" in caught.value.__notes__[0]


def test_a_server_error_is_looked_after_too(playing: Any) -> None:
    played = playing(DRAFT, Response(500, {}, b"{}"), answer({"notes": [note()]}))
    assert played.value.output["id"] == "n-boats"


def test_an_action_that_called_it_goes_on(playing: Any) -> None:
    played = playing(DRAFT, LOST, answer({"notes": [note()]}), answer({"at": 3}), name="outer")
    assert played.value.output == {"id": "n-boats", "at": 3}
    assert played.requests[-1].url.endswith("/notes/n-boats/pin")


def test_nobody_looks_where_nobody_asked(playing: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        playing(DRAFT, LOST, verify=False)
