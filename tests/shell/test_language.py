"""Expressions mean what they mean to ``erl``: a corpus with recorded answers, and random forms."""

import os

import pytest

from tests.shell.campaign import comparable, differences
from tests.shell.corpus import chapters, expressions, recorded
from tests.shell.oracle import AVAILABLE, ask_erl, ask_shell

REQUIRED = os.environ.get("ERTS_EMU_REQUIRE_ERL") == "1"
needs_erl = pytest.mark.skipif(not AVAILABLE and not REQUIRED, reason="erl is not installed")
ANSWERS = dict(zip(expressions(), recorded(), strict=True))


def by_form(forms, answers):
    """Answers that can be compared, each with its form, so that a failure shows both."""
    return [f"{form} -> {comparable(answer)}" for form, answer in zip(forms, answers, strict=True)]


@pytest.mark.parametrize("chapter", chapters())
def test_the_shell_answers_as_erl_did(chapter):
    forms = chapters()[chapter]
    assert by_form(forms, ask_shell(forms)) == by_form(forms, [ANSWERS[form] for form in forms])


@needs_erl
@pytest.mark.erl
def test_erl_answers_as_it_did(tmp_path):
    forms = expressions()
    assert by_form(forms, ask_erl(forms, tmp_path)) == by_form(forms, recorded())


@needs_erl
@pytest.mark.erl
@pytest.mark.parametrize("seed", [2025, 2026])
def test_random_forms_have_the_same_answers(seed):
    assert differences(seed, 200) == []


def test_the_corpus_repeats_nothing():
    forms = expressions()
    assert sorted({form for form in forms if forms.count(form) > 1}) == []
    assert len(forms) > 800
