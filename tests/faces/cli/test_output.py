"""What is written, and to where."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.faces.cli import output
from postwire.faces.cli.present import readable


class Refusing(io.StringIO):
    encoding = "utf-8"

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, _: str) -> int:
        raise self.error


@pytest.mark.parametrize(
    "name", ["POSTWIRE_ACME_ACCESS_TOKEN", "POSTWIRE_X_CLIENT_SECRET", "POSTWIRE_VAULT_KEY"]
)
def test_secrets_of_the_environment_are_masked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    secret = 'se"cr\\et-123'
    monkeypatch.setenv(name, secret)
    output.say(f"a {secret} b")
    output.say_json({"a": secret})
    output.tell(f"c {secret} d")
    told = capsys.readouterr()
    assert told.out == 'a ••• b\n{\n  "a": "•••"\n}\n'
    assert told.err == "c ••• d\n"


def test_a_short_value_does_not_hurt_innocent_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTWIRE_ACME_ACCESS_TOKEN", "a")
    monkeypatch.setenv("POSTWIRE_SANDBOX", "http://127.0.0.1:1")
    assert output.masked("a http://127.0.0.1:1") == "a http://127.0.0.1:1"


def test_a_reader_that_went_away_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Refusing(BrokenPipeError()))
    output.say("result")


def test_a_result_that_cannot_be_written_goes_to_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout", Refusing(OSError(28, "No space left on device")))
    output.say('{"publish_id": "p1"}')
    told = capsys.readouterr().err
    assert "No space left" in told
    assert "p1" in told


ANY_TEXT = st.text(st.characters(exclude_categories=()))  # half surrogates too, which platforms cut texts to


@given(st.dictionaries(ANY_TEXT, ANY_TEXT))
def test_json_survives_every_encoding(value: dict[str, Any]) -> None:
    for encoding in ("ascii", "latin-1", "utf-8"):
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding)
        kept, sys.stdout = sys.stdout, stream
        try:
            output.say_json(value)
        finally:
            sys.stdout = kept
        assert json.loads(raw.getvalue().decode(encoding)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "none"),
        ([], "none"),
        (None, "none"),
        (True, "yes"),
        (12, "12"),
        ({"a": 1, "long_name": False}, "a:         1\nlong_name: no"),
        ({"a": {"b": {"c": "d"}}}, "a:\n  b:\n    c: d"),
        ({"a": "one\ntwo"}, "a: one\n   two"),
        ([{"a": 1, "b": [2, 3]}, {"a": 4}], "- a: 1\n  b:\n    - 2\n    - 3\n- a: 4"),
        ({"a": [], "b": {}}, "a: none\nb: none"),
        ("\x1b[31mred\x9b", "\\x1b[31mred\\x9b"),
    ],
)
def test_readable(value: Any, text: str) -> None:
    assert readable(value) == text
