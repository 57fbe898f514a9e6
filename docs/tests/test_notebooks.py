"""The notebooks of the lessons are run, all in one kernel, and print what the texts say."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.native.building import bridge_problem

ROOT = Path(__file__).parents[2]
LESSONS = ROOT / "examples" / "lessons"
PAGES = sorted(LESSONS.glob("[0-9][0-9]_*/README.md"))


def load_maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebooks", LESSONS / "notebooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = load_maker()


def printed(cells: list[Any]) -> list[str]:
    """What each cell has printed, and what it raised; the value of its last line is not printed by the program."""
    return ["".join(output.get("text", output.get("evalue", "")) for output in cell.outputs) for cell in cells]


@pytest.fixture(scope="module")
def ran() -> dict[Path, list[str]]:
    """What the notebooks print, run one after the other in one kernel: to start one takes longer than to run one."""
    cells: list[Any] = []
    ends: list[int] = []
    for page in PAGES:
        cells.append(nbformat.v4.new_code_cell(f"%cd -q {page.parent}"))
        code = code_of(MAKER.notebook_of(page.read_text(encoding="utf-8")))
        cells += [nbformat.v4.new_code_cell(cell.source) for cell in code]
        ends.append(len(cells))
    notebook = nbformat.v4.new_notebook(cells=cells)
    bridge_problem()  # has one built for lesson 12, and found by way of the environment
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    NotebookClient(notebook, timeout=60, allow_errors=True, kernel_name="python3").execute(env=environment)
    texts = printed(notebook.cells)
    return {page: texts[begin + 1 : end] for page, begin, end in zip(PAGES, [0, *ends], ends, strict=False)}


def code_of(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_a_notebook_prints_what_the_text_says(page: Path, ran: dict[Path, list[str]]) -> None:
    notebook = MAKER.notebook_of(page.read_text(encoding="utf-8"))
    nbformat.validate(notebook)
    said = printed(code_of(notebook))
    assert any(said)
    if page.parent.name.startswith("12") and (problem := bridge_problem()) is not None:
        pytest.skip(problem)
    assert ran[page] == said


def test_they_are_written_beside_the_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "01_first").mkdir()
    (tmp_path / "01_first" / "README.md").write_text(
        "# First\n\n```python\nprint(1)\n```\n\n```text\n1\n```\n\nDone.\n"
    )
    monkeypatch.setattr(MAKER, "HERE", tmp_path)
    MAKER.main()
    notebook = nbformat.read(tmp_path / "01_first" / "lesson_01.ipynb", as_version=4)
    assert [cell.cell_type for cell in notebook.cells] == ["markdown", "code", "markdown"]
    assert printed(code_of(notebook)) == ["1\n"]
