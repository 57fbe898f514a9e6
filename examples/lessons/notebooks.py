"""Make Jupyter notebooks of the lessons: ``python notebooks.py`` writes ``NN_…/lesson_NN.ipynb`` beside each text.

Needs jupytext (``pip install '.[lessons]'``). A notebook has the same text and code; what the text says that a piece of
code prints is the output of its cell, until you run it yourself.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_PRINTED = re.compile(r"```text\n(.*?)```\n*", re.DOTALL)


def library(name: str) -> Any:
    """Import a library that need not be installed where nobody makes notebooks."""
    return importlib.import_module(name)


def notebook_of(page: str) -> Any:
    """Return the notebook of a lesson's text, as nbformat has them."""
    notebook = library("jupytext").reads(page, fmt="md")
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells: list[Any] = []
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        printed = _PRINTED.match(cell.source)
        if printed is not None and cells[-1].cell_type == "code":
            output = {"output_type": "stream", "name": "stdout", "text": printed[1]}
            cells[-1].outputs = [library("nbformat").from_dict(output)]
            cell.source = cell.source[printed.end() :]
        if cell.source:
            cells.append(cell)
    notebook.cells = cells
    return notebook


def main() -> None:
    """Write the notebooks."""
    for page in sorted(HERE.glob("[0-9][0-9]_*/README.md")):
        file = page.with_name(f"lesson_{page.parent.name[:2]}.ipynb")
        library("nbformat").write(notebook_of(page.read_text(encoding="utf-8")), file)
        print(file.relative_to(HERE))


if __name__ == "__main__":
    main()
