"""`postwire run`: flags, results, errors and exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from postwire.client import Client
from postwire.language.inputs import InputSchema
from postwire.transport import HttpTransport

from .conftest import TOKEN, Acme, Call

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def error(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_result_is_pure_json(mine: Call) -> None:
    result = mine("get_note", "--id", "7", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"id": "n1", "text": "Hello", "tags": ["a", "b"]}
    assert result.stderr == ""


def test_a_result_for_people_is_aligned(mine: Call) -> None:
    result = mine("get_note", "--id", "7")
    assert result.stdout == "id:   n1\ntext: Hello\ntags:\n  - a\n  - b\n"


def test_the_token_goes_to_the_platform(mine: Call, acme: Acme) -> None:
    mine("get_note", "--id", "a b")
    assert acme.seen[0].path == "/notes/a%20b"
    assert acme.seen[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (["--is-public"], {"is_public": True}),
        (["--is-public", "true"], {"is_public": True}),
        (["--is-public=no"], {"is_public": False}),
        (["--is-public", "--count", "3"], {"is_public": True, "count": 3}),
        (["--count", "-3"], {"count": -3}),
        (["--share", "0.25"], {"share": 0.25}),
        (["--share", "2"], {"share": 2}),
        (["--colour", "red"], {"colour": "red"}),
        (["--tags", "a", "--tags", "b"], {"tags": ["a", "b"]}),
        (["--tags", '["a", "b"]'], {"tags": ["a", "b"]}),
        (["--tags", "[draft]"], {"tags": ["[draft]"]}),
        (["--places", '[{"x": 1}, {"x": 2}]'], {"places": [{"x": 1}, {"x": 2}]}),
        (["--places", '{"x": 1}', "--places", '{"x": 2}'], {"places": [{"x": 1}, {"x": 2}]}),
        (["--extra", '{"a": 1}'], {"extra": {"a": 1}}),
        (["--no-is-public", "its own"], {"no_is_public": "its own"}),
        (["--is_public"], {"is_public": True}),
        (["--input-account", "me"], {"account": "me"}),
    ],
)
def test_flags_become_values(mine: Call, acme: Acme, typed: list[str], sent: dict[str, Any]) -> None:
    result = mine("create_note", "--text", "hi", *typed)
    assert result.exit_code == 0, result.stderr
    assert acme.seen[0].json == {"text": "hi", "is_public": False, **sent}


def test_a_text_stays_a_text(mine: Call, acme: Acme) -> None:
    for text in ("12", "true", "null", '{"a": 1}', "-", "--x", ""):
        mine("create_note", f"--text={text}")
    assert [asked.json["text"] for asked in acme.seen] == ["12", "true", "null", '{"a": 1}', "-", "--x", ""]


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        (["--count", "3.5"], "/count"),
        (["--count", "many"], "/count"),
        (["--share", "nan"], "/share"),
        (["--is-public", "perhaps"], "/is_public"),
        (["--colour", "blue"], "/colour"),
        (["--extra", "{a: 1}"], "/extra"),
        (["--extra", '{"a": NaN}'], "/extra"),
        (["--extra", '{"b": 1}'], "/extra"),
        (["--places", '{"x": "1"}'], "/places/0"),
        (["--text", "longer than twenty characters"], "/text"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(
    mine: Call, acme: Acme, typed: list[str], path: str
) -> None:
    result = mine("create_note", "--text", "hi", *typed, "--json")
    assert result.exit_code == 2
    told = error(result)
    assert told["code"] == "invalid_input"
    assert told["sent"] == "no"
    assert any(field["path"].startswith(path) for field in told["fields"])
    assert path in result.stderr
    assert not acme.seen


def test_every_mistake_is_told_at_once(mine: Call) -> None:
    result = mine("create_note", "--count", "many", "--colour", "blue", "--json")
    assert {"/count", "/colour"} <= {field["path"] for field in error(result)["fields"]}
    assert "text" in result.stderr


@pytest.mark.parametrize("as_json", [[], ["--json"]])
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["--txt", "hi"], "--text"),
        (["--is-publc"], "--is-public"),
        (["stray"], "stray"),
        (["--count"], "requires an argument"),
    ],
)
def test_wrong_usage(mine: Call, as_json: list[str], typed: list[str], told: str) -> None:
    result = mine("create_note", *as_json, *typed)
    assert result.exit_code == 2
    assert told in result.stderr
    assert bool(result.stdout) == bool(as_json)
    if as_json:
        assert error(result)["code"] == "invalid_input"


def test_a_switch_and_its_opposite_contradict(acme: Acme, mine: Call) -> None:
    path = acme.folder / "acme" / "actions" / "create_note.yaml"
    lines = [line for line in path.read_text("utf-8").splitlines() if "no_is_public" not in line]
    path.write_text("\n".join(lines), "utf-8")
    assert mine("create_note", "--text", "a", "--no-is-public").exit_code == 0
    assert acme.seen[0].json["is_public"] is False
    result = mine("create_note", "--text", "a", "--no-is-public", "--is-public")
    assert result.exit_code == 2
    assert "contradict" in result.stderr


@pytest.mark.parametrize(
    ("name", "told"), [("get_nte", "acme.get_note"), ("_hidden", "other actions"), ("", "no action")]
)
def test_an_unknown_action(mine: Call, name: str, told: str) -> None:
    result = mine(name, "--json")
    assert result.exit_code == 2
    assert told in result.stderr
    assert error(result)["code"] == "not_found"


def test_the_folder_may_be_named_after_the_action(call: Call, acme: Acme) -> None:
    for typed in (["--integrations", str(acme.folder)], [f"--integrations={acme.folder}"]):
        result = call("run", "acme.get_note", "--id", "1", *typed)
        assert result.exit_code == 0, result.stderr


def test_own_flags_may_stand_before_the_action(call: Call, acme: Acme) -> None:
    result = call("run", "--json", "--integrations", str(acme.folder), "acme.get_note", "--id", "1")
    assert json.loads(result.stdout)["id"] == "n1"


def test_an_action_must_be_named(call: Call) -> None:
    result = call("run", "--json")
    assert result.exit_code == 2
    assert "Name an action" in error(result)["message"]
    assert call("run").exit_code == 2


def test_help_shows_the_flags_of_the_action(mine: Call) -> None:
    result = mine("create_note", "--help")
    assert result.exit_code == 0
    for told in (
        "--text TEXT",
        "[red|green]",
        "--count INTEGER",
        "[needed]",
        "--dry-run",
        "May be repeated.",
    ):
        assert told in result.stdout


def test_input_from_a_file_and_flags_over_it(mine: Call, acme: Acme, tmp_path: Path) -> None:
    source = tmp_path / "in.json"
    source.write_text('{"text": "from the file", "count": 1}', "utf-8")
    result = mine("create_note", "--input", str(source), "--count", "2")
    assert result.exit_code == 0, result.stderr
    assert acme.seen[0].json == {"text": "from the file", "count": 2, "is_public": False}


def test_input_from_stdin(mine: Call, acme: Acme) -> None:
    assert mine("create_note", "--input", "-", stdin='{"text": "ü🎉"}'.encode()).exit_code == 0
    assert acme.seen[0].json["text"] == "ü🎉"


@pytest.mark.parametrize(
    ("source", "stdin", "told"),
    [
        ("-", b"{", "not valid JSON"),
        ("-", b"[1]", "must be a JSON object"),
        ("-", b"", "not valid JSON"),
        ("nowhere.json", b"", "nowhere.json"),
        (".", b"", "directory"),
    ],
)
def test_input_that_cannot_be_used(mine: Call, acme: Acme, source: str, stdin: bytes, told: str) -> None:
    result = mine("create_note", "--input", source, "--json", stdin=stdin)
    assert result.exit_code == 2
    assert told in result.stderr
    assert error(result)["code"] == "invalid_input"
    assert not acme.seen


def test_media_by_path_and_as_base64(mine: Call, acme: Acme, tmp_path: Path) -> None:
    film = tmp_path / "film.bin"
    film.write_bytes(b"a film" * 9)
    assert mine("upload_film", "--film", str(film)).exit_code == 0
    document = b'{"film_base64": "YSBmaWxt"}'
    assert mine("upload_film", "--input", "-", stdin=document).exit_code == 0
    assert [asked.body for asked in acme.seen] == [b"a film" * 9, b"a film"]


def test_a_flag_for_media_wins_over_base64_in_the_input(mine: Call, acme: Acme, tmp_path: Path) -> None:
    film = tmp_path / "film.bin"
    film.write_bytes(b"another")
    document = b'{"film_base64": "YSBmaWxt"}'
    result = mine("upload_film", "--input", "-", "--film", str(film), stdin=document)
    assert result.exit_code == 0, result.stderr
    assert acme.seen[0].body == b"another"


def test_only_input_reads_stdin(mine: Call, acme: Acme) -> None:
    result = mine("upload_film", "--film", "-", stdin=b"x")
    assert result.exit_code == 2
    assert "Only --input reads stdin" in result.stderr
    assert not acme.seen


def test_a_long_text_in_the_wrong_place_leaves_no_file(
    mine: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spool))
    document = b'{"name": "' + b"QUJD" * 20_000 + b'", "film": "nowhere.mp4"}'
    result = mine("upload_film", "--input", "-", stdin=document)
    assert result.exit_code == 2
    assert list(spool.iterdir()) == []


def test_a_failure_says_who_acts_and_what_to_do(mine: Call, acme: Acme) -> None:
    acme.answers["/notes/7"] = (404, {"error": {"message": "No such note.", "code": 44}})
    result = mine("get_note", "--id", "7")
    assert result.exit_code == 1
    assert result.stdout == ""
    for told in ("Not Found: ", "No such note.", "you", "Look for it elsewhere.", "answered", "44", "safe"):
        assert told in result.stderr
    assert error(mine("get_note", "--id", "7", "--json"))["provider"]["status"] == 404


def test_an_unanswered_create_is_unknown(mine: Call, acme: Acme) -> None:
    acme.answers["/notes"] = None
    result = mine("create_note", "--text", "hi", "--json")
    assert result.exit_code == 4
    assert error(result)["code"] == "outcome_unknown"
    assert "not before you have looked" in result.stderr
    assert len(acme.seen) == 1


def test_still_pending(mine: Call, acme: Acme) -> None:
    acme.answers["/notes/busy"] = (200, {"id": "n9", "text": "busy"})
    result = mine("wait_for_note", "--json")
    assert result.exit_code == 5
    assert json.loads(result.stdout) == {"id": "n9"}
    assert "still busy" in result.stderr


def test_a_warning_goes_to_stderr(mine: Call, acme: Acme) -> None:
    acme.answers["/notes"] = (200, {"id": 5})
    result = mine("create_note", "--text", "hi", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"id": 5}
    assert "Warning: The answer is not as described" in result.stderr


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_fault_of_ours(mine: Call, monkeypatch: pytest.MonkeyPatch, debug: str) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError(f"access_token={TOKEN} Bearer another-secret " + "x" * 200)

    monkeypatch.setattr(Client, "run", broken)
    monkeypatch.setenv("POSTWIRE_DEBUG", debug)
    result = mine("create_note", "--text", "hi", "--json")
    assert result.exit_code == 3
    assert error(result)["code"] == "internal"
    assert "report" in result.stderr
    assert "Nothing was sent." in error(result)["message"]
    assert "Nothing was sent." in result.stderr
    assert "another-secret" not in result.output
    assert ("Traceback" in result.stderr) == bool(debug)


def test_a_manifest_at_fault_is_a_fault_too(mine: Call, acme: Acme) -> None:
    path = acme.folder / "acme" / "actions" / "get_note.yaml"
    path.write_text(path.read_text("utf-8").replace("return: ${{ body }}", "return: ${{ upper(body.tags) }}"))
    result = mine("get_note", "--id", "1")
    assert result.exit_code == 3
    assert "Please report it" in result.stderr


@pytest.mark.parametrize(
    ("action", "typed", "told"),
    [
        ("create_note", ["--text", "a"], "it may have been received"),
        ("get_note", ["--id", "a"], "only reads"),
    ],
)
def test_stopping_says_what_may_have_been_sent(
    mine: Call, monkeypatch: pytest.MonkeyPatch, action: str, typed: list[str], told: str
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(HttpTransport, "send", stop)
    result = mine(action, *typed)
    assert result.exit_code == 130
    assert told in result.stderr
    assert result.stdout == ""


def test_stopping_before_anything_was_sent(mine: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(InputSchema, "mistakes", stop)
    result = mine("create_note", "--text", "a")
    assert result.exit_code == 130
    assert "Nothing was sent." in result.stderr


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_an_echoed_token_does_not_come_out(mine: Call, acme: Acme, as_json: list[str]) -> None:
    acme.answers["/notes/7"] = (404, {"error": {"message": f"I know {TOKEN}!", "code": TOKEN}})
    acme.answers["/notes/8"] = (200, {"id": TOKEN, "text": f"<{TOKEN}>"})
    assert "I know •••!" in mine("get_note", "--id", "7", *as_json).stderr  # `call` looks for the token
    assert "<•••>" in mine("get_note", "--id", "8", *as_json).stdout


def test_without_an_account(mine: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTWIRE_ACME_ACCESS_TOKEN")
    result = mine("get_note", "--id", "1")
    assert result.exit_code == 1
    assert "POSTWIRE_ACME_ACCESS_TOKEN" in result.stderr


def test_accounts_by_name(mine: Call) -> None:
    assert mine("get_note", "--id", "1", "--account", "default").exit_code == 0
    result = mine("get_note", "--id", "1", "--account", "marketing")
    assert result.exit_code == 2
    assert "marketing" in result.stderr


def test_a_dry_run_sends_nothing(mine: Call, acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTWIRE_ACME_ACCESS_TOKEN")
    result = mine("create_note", "--text", "hi", "--dry-run", "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["requests"][0]["method"] == "POST"
    assert told["requests"][0]["url"] == f"{acme.origin}/notes"
    assert told["requests"][0]["json"] == {"text": "hi", "is_public": False}
    assert told["requests"][0]["headers"]["Authorization"] == "Bearer •••"
    assert "checks" in told
    for_people = mine("create_note", "--text", "hi", "--dry-run").stdout
    assert f"1. POST {acme.origin}/notes" in for_people
    assert "Nothing was sent" in for_people
    assert not acme.seen
    assert mine("create_note", "--dry-run").exit_code == 2


def test_the_sandbox_has_no_own_platforms(mine: Call, acme: Acme) -> None:
    result = mine("get_note", "--id", "1", "--sandbox")
    assert result.exit_code == 1
    assert "not the real platform" in result.stderr
    assert "does not stand for acme" in result.stderr
    assert not acme.seen


def test_text_from_a_platform_cannot_steer_the_terminal(mine: Call, acme: Acme) -> None:
    acme.answers["/notes/7"] = (200, {"id": "n\x1b[2J", "text": "a\r\nb"})
    assert "\x1b" not in mine("get_note", "--id", "7").stdout
    assert json.loads(mine("get_note", "--id", "7", "--json").stdout)["id"] == "n\x1b[2J"
