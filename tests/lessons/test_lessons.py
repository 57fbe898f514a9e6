"""The lessons: what their texts show is what happens, and their checkers know right from wrong."""

import os
import re
import shutil

import pytest

from tests.lessons import texts
from tests.lessons.wrong import WRONG
from tests.native.building import REQUIRED, bridge_problem
from tests.transcripts import blocks_of, cells_of, exchanges, run_commands

each_lesson = pytest.mark.parametrize("lesson", texts.ALL, ids=str)


@pytest.fixture
def checked(capsys):
    """Give a file to the checker of a lesson; what it says."""

    def checked(lesson, file):
        status = texts.CHECK.main([lesson.number, str(file)])
        return status, capsys.readouterr().out

    return checked


@pytest.fixture(autouse=True)
def compiler(request):
    """Lesson 12 needs one, and the bridge."""
    given = getattr(request.node, "callspec", None)
    if given is None or "12" not in (str(given.params.get("lesson"))[:2], given.params.get("number")):
        return
    problem = bridge_problem()
    if problem is not None:
        (pytest.fail if REQUIRED else pytest.skip)(problem)


def read(lesson):
    return lesson.page.read_text(encoding="utf-8")


@each_lesson
def test_the_code_in_the_text_prints_what_the_text_says(lesson, monkeypatch):
    monkeypatch.chdir(lesson.folder)
    for line, block, printed in texts.printed_by_cells(read(lesson), str(lesson.page)):
        assert printed == ("" if block is None else block.text), f"line {line}"


@each_lesson
def test_the_commands_in_the_text_print_what_the_text_says(lesson, tmp_path):
    for block, printed in texts.printed_by_commands(read(lesson), tmp_path):
        assert printed == block.text, f"line {block.line}"


@each_lesson
def test_the_sessions_in_the_text_print_what_the_text_says(lesson, talking, monkeypatch):
    monkeypatch.chdir(texts.ROOT)
    for block in blocks_of(read(lesson)):
        if block.language == "erlang session":
            talk = talking()
            talk.shell.console.width = 120
            assert texts.printed_by_session(block, talk) == block.text, f"line {block.line}"


@each_lesson
def test_the_program_is_that_of_the_text(lesson):
    assert lesson.file("lesson").read_text(encoding="utf-8") == texts.script_of(read(lesson))


@each_lesson
def test_every_block_is_one_that_is_tested(lesson):
    page = read(lesson)
    printed = [cell.printed for cell in cells_of(page)]
    for block in blocks_of(page):
        assert block.language in ("python", "console", "erlang session") or block in printed, f"line {block.line}"


@each_lesson
def test_the_text_says_where_it_is_in_erts_and_how_to_check_oneself(lesson):
    page = read(lesson)
    in_erts = page.partition("## What ERTS does here\n")[2]
    assert re.search(r"`[\w/]+\.c`", in_erts), "names no C file"
    assert re.search(r"`[a-z]\w+`", in_erts), "names no C function"
    commands = "".join(block.text for block in blocks_of(page) if block.language == "console")
    unsolved, solved = re.findall(
        rf"^\$ python check.py {int(lesson.number)}(.*\n(?:[^$].*\n)*)", commands, re.MULTILINE
    )
    assert "\nnot yet: " in unsolved
    assert solved.startswith(f" {lesson.file('solution').name}\n")
    assert solved.endswith("\nWell done.\n")


@each_lesson
def test_the_solution_is_accepted(lesson, checked):
    status, said = checked(lesson, lesson.file("solution"))
    assert (status, said.splitlines()[-1]) == (0, "Well done."), said


@each_lesson
def test_the_unsolved_exercise_is_not_accepted(lesson, checked):
    status, said = checked(lesson, lesson.file("exercise"))
    assert status == 1
    assert "not yet: " in said, said


@pytest.mark.parametrize(
    ("number", "change", "complaint"),
    [(number, change, complaint) for number, changes in WRONG.items() for change, complaint in changes],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else "",
)
def test_a_wrong_solution_is_told_what_is_wrong(number, change, complaint, checked, tmp_path):
    lesson = next(lesson for lesson in texts.ALL if lesson.number == number)
    text = lesson.file("solution").read_text(encoding="utf-8")
    for old, new in change:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    wrong = (tmp_path / "mine").with_suffix(lesson.file("solution").suffix)
    wrong.write_text(text, encoding="utf-8")
    status, said = checked(lesson, wrong)
    assert status == 1, said
    assert complaint in said.partition("not yet: ")[2]


def test_every_lesson_has_wrong_solutions():
    assert [lesson.number for lesson in texts.ALL] == list(WRONG)


def test_the_index_names_every_lesson_in_order():
    index = texts.INDEX.read_text(encoding="utf-8")
    assert re.findall(r"\]\((\d\d_\w+)/README\.md\)", index) == [lesson.folder.name for lesson in texts.ALL]


@pytest.mark.parametrize("arguments", [[], ["x"], ["99"], ["1", "2", "3"], ["1", "no_such_file.py"]])
def test_the_checker_tells_how_it_is_used(arguments, capsys):
    assert texts.CHECK.main(arguments) == 2
    assert "usage:" in (said := capsys.readouterr().out) or "no_such_file.py" in said


def test_a_file_that_is_no_python_is_told_so(checked, tmp_path):
    (tmp_path / "mine.py").write_text("def answer(:\n", encoding="utf-8")
    status, said = checked(texts.ALL[0], tmp_path / "mine.py")
    assert status == 1
    assert "mine.py cannot be loaded: SyntaxError" in said


def test_an_exception_is_told_with_its_line(checked, tmp_path):
    text = texts.ALL[0].file("solution").read_text(encoding="utf-8")
    (tmp_path / "mine.py").write_text(text.replace("len(buf))\n", "length)\n"), encoding="utf-8")
    _, said = checked(texts.ALL[0], tmp_path / "mine.py")
    assert re.search(r"NameError: name 'length' is not defined \(at .*mine\.py:\d+\)", said)


@pytest.mark.erl
@pytest.mark.skipif(shutil.which("erl") is None and not REQUIRED, reason="erl is not installed")
def test_erl_says_the_same_with_the_driver_in_c(tmp_path):
    page = read(texts.ALL[11])
    printed = re.findall(r"\$ erts-emu run shout\.erl\n((?:\w+ -> \w+\n)+)", page)
    assert len(printed) == 2
    build = [command for block in blocks_of(page) for command, _ in exchanges(block.text, r"\$ ") if " cc " in command]
    line = re.search(r"`(erl -noshell [^`]*)`", page)[1]
    folder = texts.checkout(tmp_path) / "examples" / "lessons" / texts.ALL[11].folder.name
    environment = {"PYTHONPATH": str(texts.ROOT), "PATH": f"{tmp_path}/.venv/bin:{os.environ['PATH']}"}
    assert run_commands([*build, "cd c", line], folder, environment) == ["", "", printed[0]]
    assert printed[0] == printed[1]
