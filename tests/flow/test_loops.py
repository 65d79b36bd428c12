"""`foreach` and `call`: order, scope, keys, and failures within."""

from __future__ import annotations

from typing import Any

import pytest
from tests.flow.conftest import failed, keys, paths

from postwire.testing import answer
from postwire.values import Together

OK = answer({"id": "x"})
CHILDREN = """
effect: create
input: {properties: {names: {type: array, items: {type: string}}}}
steps:
  - id: album
    request: {post: /albums}
    save: {id: '${{ body.id }}'}
  - id: each
    foreach: ${{ input.names }}
    as: name
    parallel: PARALLEL
    do:
      - id: add
        request: {put: '/albums/${{ steps.album.id }}/${{ index }}-${{ name }}'}
        save: {id: '${{ body.id }}'}
      - id: tag
        when: name != 'b'
        request: {put: '/tags/${{ steps.add.id }}'}
    collect: {$when: name != 'skip', id: '${{ steps.add.id }}'}
return: {ids: '${{ steps.each.items }}', count: '${{ steps.each.count }}', inner: '${{ steps.add.id }}'}
output: {properties: {ids: {type: array}, count: {}, inner: {}}}
"""


@pytest.mark.parametrize("parallel", [1, 2])
def test_foreach_keeps_order_and_scope(acme: Any, parallel: int) -> None:
    acme.write("it", CHILDREN.replace("PARALLEL", str(parallel)))
    answers = [answer({"id": n}) for n in ("A", "1", "1t", "2", "3", "3t")]
    played = acme.play(*answers, given={"names": ["a", "b", "c"]})
    assert played.value.output == {"ids": [{"id": "1"}, {"id": "2"}, {"id": "3"}], "count": 3}
    assert paths(played) == [
        "/albums",
        "/albums/A/0-a",
        "/tags/1",
        "/albums/A/1-b",
        "/albums/A/2-c",
        "/tags/3",
    ]
    assert keys(played) == [
        "album",
        "each[0].add",
        "each[0].tag",
        "each[1].add",
        "each[2].add",
        "each[2].tag",
    ]
    assert any(isinstance(effect, Together) for effect in played.effects) is (parallel > 1)


@pytest.mark.parametrize("given", [{}, {"names": []}])
@pytest.mark.parametrize("parallel", [1, 2])
def test_foreach_over_nothing_does_nothing(acme: Any, given: dict[str, Any], parallel: int) -> None:
    played = acme.write("it", CHILDREN.replace("PARALLEL", str(parallel))).play(OK, given=given)
    assert played.value.output == {"ids": [], "count": 0}


def test_foreach_leaves_out_what_collects_nothing(acme: Any) -> None:
    acme.write("it", CHILDREN.replace("PARALLEL", "1"))
    assert acme.play(*[OK] * 5, given={"names": ["skip", "a"]}).value.output["ids"] == [{"id": "x"}]


@pytest.mark.parametrize("parallel", [1, 2])
def test_a_child_that_fails_is_named_with_what_was_made_before(acme: Any, parallel: int) -> None:
    acme.write("it", CHILDREN.replace("PARALLEL", str(parallel)))
    error = failed(
        acme, answer({"id": "A"}), answer({"id": "1"}), OK, answer(status=404), given={"names": ["a", "b"]}
    )
    assert (error.code, error.step, error.saved) == ("not_found", "each[1].add", {"album.id": "A"})


@pytest.mark.parametrize("parallel", [1, 2])
def test_a_manifests_fault_in_a_child_is_an_error_of_ours(acme: Any, parallel: int) -> None:
    acme.write(
        "it",
        f"""
        effect: read
        steps:
          - id: each
            foreach: ${{{{ [1, 2] }}}}
            parallel: {parallel}
            do: [{{id: look, request: {{get: '/x/${{{{ len(item) }}}}'}}}}]
        """,
    )
    error = failed(acme)
    assert (error.code, error.sent) == ("internal", "no")
    assert "len()" in error.message


def test_foreach_goes_over_a_list(acme: Any) -> None:
    acme.write(
        "it", "effect: read\nsteps:\n  - {id: each, foreach: text, do: [{id: look, request: {get: /x}}]}\n"
    )
    assert "goes over a list" in failed(acme).message


CALLED = """
effect: create
input: {required: [name], properties: {name: {type: string}, size: {type: integer, default: 3}}}
steps:
  - id: make
    request: {post: /things, json: {name: '${{ input.name }}', size: '${{ input.size }}'}}
    save: {id: '${{ body.id }}', hidden: 1}
return: {id: '${{ steps.make.id }}', extra: not declared}
output: {properties: {id: {type: string}}}
"""
CALLER = """
effect: create
steps:
  - {id: make, call: _make, with: {name: first}}
  - {id: look, request: {get: '/things/${{ steps.make.id }}/${{ exists(steps.make.extra) }}'}}
"""


def test_a_called_action_has_its_defaults_its_keys_and_its_projected_output(acme: Any) -> None:
    played = acme.write("_make", CALLED).write("it", CALLER).play(OK, OK)
    assert keys(played) == ["make/make", "look"]
    assert played.requests[0].body == b'{"name":"first","size":3}'
    assert paths(played)[1] == "/things/x/false"


def test_a_failure_within_a_called_action_has_its_place(acme: Any) -> None:
    acme.write("_make", CALLED + "errors: [{when: status == 418, code: policy_blocked, message: Tea.}]\n")
    error = failed(acme.write("it", CALLER), answer(status=418))
    assert (error.code, error.message, error.step) == ("policy_blocked", "Tea.", "make/make")
