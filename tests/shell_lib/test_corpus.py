"""Every recorded call is answered as ``erl`` answered it."""

import pytest

from tests.shell.oracle import ask_shell

from . import corpus


@pytest.mark.parametrize("path", corpus.FILES, ids=lambda path: path.stem)
def test_answers_of(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answered = list(corpus.read(path))
    ours = ask_shell([f"{call}." for call, _ in answered])
    found = [(call, erl, mine) for (call, erl), mine in zip(answered, ours, strict=True) if mine != erl]
    assert not found, "\n".join(f"{call}\n  erl:  {erl}\n  ours: {mine}" for call, erl, mine in found)[:5000]


def test_there_is_much_to_answer():
    assert sum(len(list(corpus.read(path))) for path in corpus.FILES) >= 1500
