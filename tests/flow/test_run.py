"""An action from input to result: order, conditions, loops, calls, failures, and what is told of them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.flow.conftest import failed, paths

from postwire import Account, InvalidInput, OutcomeUnknown
from postwire.decide.retry import Policy
from postwire.testing import answer
from postwire.values import Report

OK = answer({"id": "x"})
STEPS = """
effect: create
steps:
  - id: make
    request: {post: /things}
    save: {id: '${{ body.id }}', note: "${{ body.note ?? 'yes' }}"}
  - id: look
    when: steps.make.note == 'yes'
    request: {get: '/things/${{ steps.make.id }}'}
    save: {seen: '${{ body.seen }}'}
return: {id: '${{ steps.make.id }}', seen: '${{ steps.look.seen }}'}
output: {required: [id], properties: {id: {type: string}, seen: {type: integer}}}
"""


def test_a_step_runs_when_its_condition_holds(acme: Any) -> None:
    acme.write("it", STEPS)
    assert paths(acme.play(answer({"id": "t", "note": "yes"}), answer({"seen": 1}))) == [
        "/things",
        "/things/t",
    ]
    played = acme.play(answer({"id": "t", "note": "no"}))
    assert paths(played) == ["/things"]
    assert played.value.output == {"id": "t"}


def test_steps_are_told_of(acme: Any) -> None:
    played = acme.write("it", STEPS).play(OK, answer({"seen": 1}))
    told = [effect.event.step for effect in played.effects if isinstance(effect, Report)]
    assert told == ["make", "look"]


def test_a_step_of_a_map_is_dropped_by_when(acme: Any) -> None:
    acme.write(
        "it",
        """
        effect: create
        input: {properties: {reply: {type: string}}}
        request:
          post: /things
          json:
            text: hi
            reply: {$when: exists(input.reply), to: '${{ input.reply }}', kind: reply}
        """,
    )
    bodies = [acme.play(OK, given=given).requests[0].body for given in ({}, {"reply": "7"})]
    assert bodies == [b'{"text":"hi"}', b'{"text":"hi","reply":{"to":"7","kind":"reply"}}']


@pytest.mark.parametrize("single", [True, False], ids=["a lone request", "a step"])
@pytest.mark.parametrize(("effect", "unknown"), [("create", True), ("read", False)])
def test_what_is_saved_must_be_there(acme: Any, single: bool, effect: str, unknown: bool) -> None:
    lone = "request: {post: /things}\nsave: {id: '${{ body.id }}'}\n"
    steps = "steps:\n  - {id: make, request: {post: /things}, save: {id: '${{ body.id }}'}}\n"
    acme.write("it", f"effect: {effect}\n{lone if single else steps}")
    error = failed(acme, answer({"identifier": 1}))
    assert isinstance(error, OutcomeUnknown) is unknown
    assert "no value for id" in error.message
    assert error.step == ("request" if single else "make")


def test_a_later_failure_keeps_what_was_made(acme: Any) -> None:
    error = failed(acme.write("it", STEPS), OK, answer(status=404))
    assert (error.code, error.step) == ("not_found", "look")
    assert error.saved == {"make.id": "x", "make.note": "yes"}


def test_saved_values_are_told_without_secrets(acme: Any) -> None:
    acme.write(
        "it",
        """
        effect: create
        steps:
          - id: make
            request: {post: /things}
            save:
              upload_url: ${{ body.upload_url }}
              fragment: ${{ body.fragment }}
              access_token: ${{ body.token }}
              note: ${{ body.note }}
              many: ${{ body.many }}
              count: 3
          - {id: look, request: {get: /things}}
        """,
    )
    made = {
        "upload_url": "https://u:planted-4@upload.acme.example/u?upload_token=planted-1",
        "fragment": "https://acme.example/#planted-2",
        "token": "planted-3",
        "note": "n" * 500,
        "many": ["planted-5"],
    }
    error = failed(acme, answer(made), answer(status=404))
    assert "planted" not in str(error.to_dict())
    assert error.saved["make.upload_url"].endswith("@upload.acme.example/u")
    assert error.saved["make.count"] == 3
    assert len(error.saved["make.note"]) == 80


FAILS = """
effect: create
input: {properties: {a: {type: integer}, b: {type: integer}}}
steps:
  - {id: one, when: input.a > 1, fail: {code: invalid_input, field: /a, message: 'a is ${{ input.a }}'}}
  - {id: two, when: input.b > 1, fail: {code: invalid_input, field: /b, message: b is too large}}
  - {id: make, request: {post: /things}, save: {id: '${{ body.id }}'}}
  - id: end
    when: steps.make.id == 'bad'
    fail: {code: policy_blocked, message: 'Not ${{ steps.make.id }}.', remedy: 'Change ${{ steps.make.id }}.'}
"""


def test_mistakes_of_fields_are_told_together_and_nothing_is_sent(acme: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        acme.write("it", FAILS).play(given={"a": 2, "b": 2})
    assert [(field.path, field.message) for field in caught.value.fields] == [
        ("/a", "a is 2"),
        ("/b", "b is too large"),
    ]
    assert caught.value.action == "acme.it"


def test_mistakes_found_by_a_called_action_name_the_action_that_was_asked_for(acme: Any) -> None:
    acme.write("_check", FAILS)
    acme.write("it", "effect: create\nsteps:\n  - {id: check, call: _check, with: {a: 2}}\n")
    with pytest.raises(InvalidInput) as caught:
        acme.play()
    assert caught.value.action == "acme.it"


def test_a_failure_without_a_field_ends_it_with_what_was_made(acme: Any) -> None:
    error = failed(acme.write("it", FAILS), answer({"id": "bad"}))
    assert (error.code, error.message, error.remedy) == ("policy_blocked", "Not bad.", "Change bad.")
    assert (error.step, error.saved) == ("end", {"make.id": "bad"})


def test_the_result_is_what_the_output_declares(acme: Any) -> None:
    acme.write(
        "it",
        """
        effect: read
        request: {get: /me}
        return: ${{ body }}
        output:
          required: [id]
          properties:
            id: {type: string}
            gone: {type: string}
            empty: {type: [string, 'null']}
            inner: {type: object, properties: {a: {type: integer}}}
            list: {type: array, items: {type: object, properties: {a: {type: integer}}}}
        """,
    )
    body = {
        "id": "7",
        "gone": None,
        "empty": None,
        "more": 1,
        "inner": {"a": 1, "b": 2},
        "list": [{"a": 1, "b": 2}],
    }
    result = acme.play(answer(body)).value
    assert result.output == {"id": "7", "empty": None, "inner": {"a": 1}, "list": [{"a": 1}]}
    assert (result.state, result.warnings) == ("done", ())


@pytest.mark.parametrize("effect", ["create", "read"])
def test_an_output_that_does_not_fit_is_a_warning_on_a_success(acme: Any, effect: str) -> None:
    acme.write(
        "it",
        f"""
        effect: {effect}
        request: {{post: /things}}
        return: {{id: '${{{{ body.id }}}}'}}
        output: {{required: [id, url], properties: {{id: {{type: string}}, url: {{type: string}}}}}}
        """,
    )
    result = acme.play(answer({"id": 7})).value
    assert result.output == {"id": 7}
    assert len(result.warnings) == 2
    assert all(warning.startswith("The answer is not as described: /") for warning in result.warnings)


def test_a_return_that_cannot_be_made_after_a_create_says_that_it_was_done(acme: Any) -> None:
    acme.write(
        "it", "effect: create\nrequest: {post: /things}\nreturn: {n: '${{ len(body.id) }}'}\noutput: {}\n"
    )
    error = failed(acme, answer({"id": 7}))
    assert isinstance(error, OutcomeUnknown)
    assert error.message.startswith("It was done, but")


@pytest.mark.parametrize(
    ("granted", "lacking"),
    [
        (None, None),
        (["write", "basic"], None),
        (["write", "more"], None),
        (["write"], "basic or more"),
        ([], "write"),
    ],
)
def test_scopes_are_checked_before_anything_is_sent(acme: Any, granted: Any, lacking: str | None) -> None:
    acme.write("it", "effect: create\nscopes: [write, basic or more]\nrequest: {post: /things}\n")
    account = Account("acme", "planted-token", scopes=granted)
    if lacking is None:
        acme.play(OK, account=account)
        return
    error = failed(acme, account=account)
    assert (error.code, error.sent) == ("scope_missing", "no")
    assert lacking in error.message


def test_expressions_read_the_account_but_never_its_token(acme: Any) -> None:
    acme.write(
        "it",
        """
        effect: read
        request:
          get: /${{ account.id }}/${{ account.kind }}
          query: {t: '${{ account.token }}'}
        """,
    )
    account = Account("acme", "planted-token", id="7", facts={"kind": "page"})
    assert paths(acme.play(OK, account=account)) == ["/7/page"]


def test_an_address_on_a_host_that_is_not_declared_is_refused(acme: Any) -> None:
    acme.write(
        "it",
        """
        effect: read
        steps:
          - {id: one, request: {get: /one}, save: {url: '${{ body.url }}'}}
          - {id: two, request: {get: '${{ steps.one.url }}'}}
        """,
    )
    error = failed(acme, answer({"url": "https://evil.example/x"}))
    assert (error.code, error.sent, error.step) == ("internal", "no", "two")


def test_a_secret_of_a_private_action_works_as_credential_and_is_in_no_result(acme: Any) -> None:
    acme.write(
        "_page",
        """
        effect: read
        request: {get: /page}
        return: {token: '${{ body.token }}', id: p}
        output: {properties: {id: {}, token: {type: string, x-secret: true}}}
        """,
    )
    acme.write(
        "it",
        """
        effect: create
        steps:
          - {id: page, call: _page}
          - {id: post, request: {post: /posts, auth: '${{ steps.page.token }}'}, save: {id: '${{ body.id }}'}}
          - {id: more, request: {get: /more}}
        return: {token: '${{ steps.page.token }}', id: '${{ steps.post.id }}'}
        output: {properties: {id: {}, token: {type: string}}}
        """,
    )
    played = acme.play(answer({"token": "page-token-1"}), OK, OK)
    used = [request.credential.value.reveal() for request in played.requests if request.credential]
    assert used == ["Bearer planted-acme-token", "Bearer page-token-1", "Bearer planted-acme-token"]
    assert played.value.output == {"id": "x"}
    error = failed(acme, answer({"token": "page-token-1"}), OK, answer(status=404))
    assert error.saved == {"page.id": "p", "post.id": "x"}


def test_one_attempt_is_enough_for_a_policy_of_one(acme: Any) -> None:
    acme.write("it", "effect: read\nrequest: {get: /x}\n")
    assert failed(acme, answer(status=503), policy=Policy(attempts=1)).code == "transient"
