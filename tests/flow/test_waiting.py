"""`pages` and `poll`: how far they go, and that being out of time is not a failure."""

from __future__ import annotations

from typing import Any

import pytest

from postwire import ActionFailed
from postwire.decide.retry import Policy
from postwire.testing import answer
from postwire.values import About, Lost, Report, Send, Sleep

LISTING = """
effect: read
input: {properties: {limit: {type: integer}}}
steps:
  - id: list
    request:
      get: /things
      query:
        size: ${{ if(page.left < 3, page.left, 3) }}
        after: ${{ page.next }}
        page: ${{ page.number }}
      pages:
        items: ${{ body.items }}
        next: ${{ body.after }}
        limit: ${{ input.limit }}
        max_pages: 4
    save: {last: '${{ page.next ?? null }}'}
return: {items: '${{ steps.list.items }}', last: '${{ steps.list.last }}'}
output: {properties: {items: {type: array}, last: {type: [string, 'null']}}}
"""
POLL = """
effect: create
steps:
  - id: make
    request: {post: /things}
    save: {id: '${{ body.id }}'}
  - id: ready
    poll:
      get: /things/${{ steps.make.id }}
      until: body.state == 'done'
      fail_when: body.state == 'broken'
      fail_code: media_rejected
      fail_message: The platform says ${{ body.why }}.
      every: ${{ body.wait ?? '10s' }}
      timeout: 60s
    save: {state: '${{ body.state }}', url: '${{ body.url }}'}
return: {id: '${{ steps.make.id }}', state: '${{ steps.ready.state }}', url: '${{ steps.ready.url }}'}
output: {required: [id], properties: {id: {}, state: {}, url: {}}}
"""
MADE = answer({"id": "t-1"})
BUSY = answer({"state": "busy"})
DONE = answer({"state": "done", "url": "https://acme.example/t-1"})
GONE = Lost("maybe", "no answer")


def page(*items: int, after: Any = None) -> Any:
    return answer({"items": items, **({} if after is None else {"after": after})})


@pytest.mark.parametrize(
    ("given", "answers", "output"),
    [
        ({}, [page(1, 2), page(3)], {"items": [1, 2]}),
        ({}, [page(1, 2, after="b"), page(3, after="c"), page()], {"items": [1, 2, 3]}),
        ({"limit": 3}, [page(1, 2, after="b"), page(3, 4, after="c")], {"items": [1, 2, 3], "last": "c"}),
        ({"limit": 2}, [page(1, 2)], {"items": [1, 2]}),
        ({}, [page(n, after=f"p{n}") for n in range(9)], {"items": [0, 1, 2, 3], "last": "p3"}),
        ({}, [answer({"items": None})], {"items": []}),
    ],
    ids=["one", "to the end", "cut to the limit", "exactly the limit", "max_pages", "no list"],
)
def test_pages_are_joined(acme: Any, given: Any, answers: Any, output: dict[str, Any]) -> None:
    played = acme.write("it", LISTING).play(*answers, given=given)
    assert {"last": None, **output} == played.value.output


def test_each_page_knows_where_it_is_and_how_many_are_left(acme: Any) -> None:
    played = acme.write("it", LISTING).play(page(1, 2, after="b c"), page(3, 4), given={"limit": 4})
    assert [request.url.partition("?")[2] for request in played.requests] == [
        "size=3&page=1",
        "size=2&after=b%20c&page=2",
    ]
    assert [effect.key for effect in played.effects if isinstance(effect, Send)] == ["list", "list[2]"]


def test_a_list_that_goes_round_in_circles_ends(acme: Any) -> None:
    with pytest.raises(ActionFailed, match="circles") as caught:
        acme.write("it", LISTING).play(page(1, after="b"), page(2, after="a"), page(3, after="b"))
    assert caught.value.code == "internal"


def test_a_page_that_fails_is_named(acme: Any) -> None:
    with pytest.raises(ActionFailed) as caught:
        acme.write("it", LISTING).play(page(1, after="b"), answer(status=404))
    assert caught.value.step == "list[2]"


CHAIN = """
effect: create
steps:
  - id: chain
    request:
      post: /posts
      json: {after: '${{ page.next }}'}
      pages: {items: '${{ [body.id] }}', next: '${{ body.id }}'}
"""


def test_a_chain_of_creates_that_breaks_off_says_what_it_made(acme: Any) -> None:
    with pytest.raises(ActionFailed) as caught:
        acme.write("it", CHAIN).play(answer({"id": "1"}), answer({"id": "2"}), answer(status=403))
    assert caught.value.saved == {"chain.items": ["1", "2"]}
    with pytest.raises(ActionFailed) as caught:
        acme.write("it", LISTING).play(page(1, after="b"), answer(status=404))
    assert caught.value.saved == {}  # what was only read is no loss


def test_a_poll_asks_until_it_is_done(acme: Any) -> None:
    played = acme.write("it", POLL).play(MADE, BUSY, answer({"state": "busy", "wait": "3s"}), DONE)
    assert played.value.output == {"id": "t-1", "state": "done", "url": "https://acme.example/t-1"}
    assert (played.value.state, played.waits) == ("done", [10, 3])
    waits = [effect.event for effect in played.effects if isinstance(effect, Report)]
    assert [(event.step, event.seconds) for event in waits if event.kind == "wait"] == [
        ("ready", 10),
        ("ready", 3),
    ]


def test_what_the_platform_rejects_is_a_failure_that_keeps_what_was_made(acme: Any) -> None:
    with pytest.raises(ActionFailed) as caught:
        acme.write("it", POLL).play(MADE, answer({"state": "broken", "why": "too dark"}))
    error = caught.value
    assert (error.code, error.message) == ("media_rejected", "The platform says too dark.")
    assert error.saved == {"make.id": "t-1"}


def test_out_of_time_is_pending_with_what_is_known(acme: Any) -> None:
    played = acme.write("it", POLL).play(MADE, *[BUSY] * 20)
    assert played.value.state == "pending"
    assert played.value.output == {"id": "t-1", "state": "busy"}
    assert sum(played.waits) == 60


def test_slow_answers_use_up_the_time_too(acme: Any) -> None:
    slow = answer({"state": "busy"})
    slow = type(slow)(slow.status, slow.headers, slow.body, elapsed=25)
    assert len(acme.write("it", POLL).play(MADE, slow, slow, slow).requests) == 3


@pytest.mark.parametrize(
    "trouble",
    [[GONE], [answer(status=500)], [answer(status=503)], [answer(status=429, retry_after="900")]],
    ids=["lost", "500", "503", "429"],
)
def test_not_being_able_to_look_after_a_create_is_pending(acme: Any, trouble: Any) -> None:
    result = acme.write("it", POLL).play(MADE, BUSY, *trouble, policy=Policy(attempts=1)).value
    assert (result.state, result.output) == ("pending", {"id": "t-1"})
    assert len(result.warnings) == 1
    assert result.warnings[0].startswith("Could not look how far it is: ")


def test_a_refused_poll_is_a_failure_even_then(acme: Any) -> None:
    with pytest.raises(ActionFailed) as caught:
        acme.write("it", POLL).play(MADE, answer(status=401))
    assert (caught.value.code, caught.value.saved) == ("auth_expired", {"make.id": "t-1"})


def test_a_poll_without_a_create_fails_as_any_read(acme: Any) -> None:
    acme.write(
        "it", "effect: read\nsteps:\n  - id: look\n    poll: {get: /thing, until: body.state == 'done'}\n"
    )
    with pytest.raises(ActionFailed) as caught:
        acme.play(GONE, policy=Policy(attempts=1))
    assert caught.value.code == "transient"


def test_retries_of_a_poll_have_keys_of_their_own(acme: Any) -> None:
    busy = answer(status=503)
    played = acme.write("it", POLL).play(MADE, busy, BUSY, busy, BUSY, DONE)
    keys = [effect.key for effect in played.effects if isinstance(effect, Send | Sleep)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("reference", "about"),
    [
        ("${{ steps.make.id }}", About("acme", "t-1")),
        ("7", About("acme", "7")),
        ("${{ account.facts.none }}", None),
        ("${{ null }}", None),
    ],
)
def test_a_wait_says_by_what_the_platform_will_speak_of_it(
    acme: Any, reference: str, about: About | None
) -> None:
    text = POLL.replace("timeout: 60s", f"timeout: 60s\n      reference: {reference}")
    played = acme.write("it", text).play(MADE, BUSY, BUSY, DONE)
    assert [effect.about for effect in played.effects if isinstance(effect, Sleep)] == [about] * 2


def test_a_parallel_child_that_is_pending_makes_it_pending(acme: Any) -> None:
    acme.write("_child", POLL.replace("  - id: make", "  - id: make", 1))
    acme.write(
        "it",
        """
        effect: create
        steps:
          - id: first
            request: {post: /first}
            save: {id: '${{ body.id }}'}
          - id: each
            foreach: ${{ [1, 2] }}
            parallel: 2
            do: [{id: child, call: _child}]
        return: {id: '${{ steps.first.id }}'}
        output: {properties: {id: {}}}
        """,
    )
    result = acme.play(answer({"id": "f"}), MADE, *[BUSY] * 7).value
    assert (result.state, result.output) == ("pending", {"id": "f"})
