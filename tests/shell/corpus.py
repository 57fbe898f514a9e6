"""The corpus: expressions of every kind, and what ``erl`` makes of them. ``python -m tests.shell.corpus`` records."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.shell.oracle import ask_erl

TEXT = Path(__file__).with_name("corpus.txt")
ANSWERS = Path(__file__).with_name("corpus.answers")


def chapters() -> dict[str, list[str]]:
    """The forms, by the headings above them. A form ends with a line's last full stop."""
    found: dict[str, list[str]] = {}
    form = ""
    for line in TEXT.read_text(encoding="utf-8").split("\n"):
        if line.startswith("%%"):
            forms = found.setdefault(line[2:].strip().lower().replace(" ", "_"), [])
            continue
        form += line
        if line.endswith("."):
            forms.append(form)
            form = ""
        elif line:
            form += "\n"
    return found


def expressions() -> list[str]:
    """All forms, in order."""
    return [form for forms in chapters().values() for form in forms]


def recorded() -> list[str]:
    """The answers of ``erl``, in order."""
    return ANSWERS.read_text(encoding="utf-8").split("\0")[:-1]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        answers = ask_erl(expressions(), Path(folder))
    ANSWERS.write_text("".join(f"{answer}\0" for answer in answers), encoding="utf-8")
    print(f"recorded {len(answers)} answers")


if __name__ == "__main__":
    main()
