"""How far a run is: few lines, and bars on a terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from postwire.faces.cli.progress import Bars, Lines, watching
from postwire.values import Event


class Watch:
    def __init__(self) -> None:
        self.now = 0.0
        self.told: list[str] = []
        self.lines = Lines(self.told.append, lambda: self.now)

    def upload(self, done: int, total: int = 1000, *, after: float = 0.0, step: str = "bytes") -> None:
        self.now += after
        self.lines(Event("upload", step, done=done, total=total))


@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=300))
def test_a_quick_upload_has_at_most_a_line_for_each_tenth(pieces: list[int]) -> None:
    watch, done = Watch(), 0
    for piece in pieces:
        done += piece
        watch.upload(done, sum(pieces))
    assert 1 <= len(watch.told) <= 10
    assert "100 %" in watch.told[-1]


def test_a_slow_upload_has_a_line_every_five_seconds() -> None:
    watch = Watch()
    for done in range(1, 61):
        watch.upload(done, 1_000_000, after=1.0)
    assert 11 <= len(watch.told) <= 12


def test_a_part_that_is_sent_again_is_not_told_again() -> None:
    watch = Watch()
    for done in (500, 1000, 500, 1000):
        watch.upload(done)
    assert len(watch.told) == 2


def test_two_uploads_are_told_apart() -> None:
    watch = Watch()
    watch.upload(1000, step="first")
    watch.upload(1000, step="second")
    assert [line.partition(":")[0] for line in watch.told] == ["first", "second"]


def test_waits_are_told_now_and_then_and_retries_always() -> None:
    watch = Watch()
    for _ in range(10):
        watch.now += 1
        watch.lines(Event("wait", "look", "Still busy.", seconds=1.0))
    assert watch.told == ["look: Still busy. Waiting 1 s."] * 2
    for _ in range(3):
        watch.lines(Event("retry", "look", "No answer.", seconds=2.0))
    assert watch.told[2:] == ["look: No answer. Trying again in 2 s."] * 3


def test_bars_on_a_terminal() -> None:
    screen = io.StringIO()
    bars = Bars(Console(file=screen, force_terminal=True, width=100, color_system=None))
    bars(Event("step", "init"))
    for done in (300_000, 1_000_000, 500_000):
        bars(Event("upload", "bytes[1]", done=done, total=1_000_000))
    bars(Event("wait", "look", "[busy]", seconds=5.0))
    bars.close()
    shown = screen.getvalue()
    for told in ("init: begun", "bytes[1]", "1.0/1.0 MB", "look: [busy] Waiting 5 s."):
        assert told in shown


@pytest.mark.parametrize(("terminal", "term", "kind"), [(False, "xterm", Lines), (True, "dumb", Lines)])
def test_plain_lines_elsewhere(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, term: str, kind: type
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", term)
    with watching() as watch:
        assert isinstance(watch, kind)
