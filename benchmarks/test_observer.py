"""A short form of the measurement of the observer: it runs, and the observer follows."""

import pytest

from benchmarks import observer

pytest.importorskip("textual")


def test_the_observer_follows_while_jobs_are_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(observer, "BLAST", 20_000)
    observer.measure("terminal", rounds=1, blasts=5, threads=2)
    printed = capsys.readouterr().out
    assert "terminal  1:" in printed
    assert "(median of 1 pairs" in printed
