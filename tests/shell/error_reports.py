"""Forms that fail, and what the shell of ``erl`` prints for them. ``python -m tests.shell.error_reports`` records."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from erts_emu.errors import ErlangError
from erts_emu.shell.script import report_of
from erts_emu.shell.session import Session, read_forms
from tests.shell.oracle import ask_erl, ask_shell

TEXT = Path(__file__).with_name("errors.txt")
ANSWERS = Path(__file__).with_name("errors.answers")


def forms() -> list[str]:
    return TEXT.read_text(encoding="utf-8").splitlines()


def recorded() -> dict[str, str]:
    parts = ANSWERS.read_text(encoding="utf-8").split("\0")[:-1]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def comparable(text: str) -> str:
    """A report without the numbers of processes. The interactive shell would not say ``erl_eval:`` either."""
    text = text.replace("undefined function erl_eval:", "undefined function ")
    return re.sub(r"#Ref<[\d.]+>", "<reference>", re.sub(r"<\d+\.\d+\.\d+>", "<pid>", text))


def erl_reports(folder: Path) -> list[str]:
    return [comparable(answer) for answer in ask_erl(forms(), folder, "reports")]


def our_reports() -> list[str]:
    return [comparable(answer) for answer in ask_shell(forms(), _report)]


def _report(session: Session, text: str) -> Any:
    from erts_emu.terms import Atom

    form = next(read_forms(text))
    try:
        value = session.evaluate(form.nodes, {})
    except ErlangError as error:
        return report_of(error).encode()
    return (Atom("ok"), value)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        answers = erl_reports(Path(folder))
    pairs = zip(forms(), answers, strict=True)
    ANSWERS.write_text("".join(f"{form}\0{answer}\0" for form, answer in pairs), encoding="utf-8")
    print(f"recorded {len(answers)} reports")


if __name__ == "__main__":
    main()
