"""Write ``docs/library.md`` out of what the tests know: ``python -m tests.shell_lib.page``."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from erts_emu.shell.lib import MODULES

from .coverage import exported, is_there, left_out
from .deliberate import DELIBERATE

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
HEAD = """# The library of the shell and of scripts

The functions of OTP 25 that scripts can call. Whatever is not there answers `undef`, as a function that does not exist
does in `erl`. What is there answers as `erl` does, class and reason of exceptions included; the table further down
lists where it does not, and why. This page is made by `python -m tests.shell_lib.page`.

| module | functions | of |
| --- | --- | --- |
"""
DIFFERENCES = """
## Deliberate differences

| functions | what differs |
| --- | --- |
"""
ABSENT = """
## What is not there
"""
TESTED = """
## How this is tested

- `python -m tests.shell_lib.campaign --count 60000` asks the library and `erl` about random calls, good and bad, and
  shows each difference; `--only ^string:` asks about some functions.
- `python -m tests.shell_lib.explanations` does the same for what is said about arguments that are wrong
  (`*** argument 1: not an atom`).
- `python -m tests.shell_lib.record` records the answers of `erl` that the tests compare with.
- `python -m tests.shell_lib.coverage` tells what is there, what is left out, and what is missing.
- `python -m tests.terms.campaign` prints random terms in every way, and reads them back.
"""


def page() -> str:
    """The text of the page."""
    names = exported()
    counted = [[is_there(name) for name in names if name.startswith(f"{module}:")] for module in sorted(MODULES)]
    rows = zip(sorted(MODULES), counted, strict=True)
    table = "".join(f"| `{module}` | {sum(there)} | {len(there)} |\n" for module, there in rows)
    differences = "".join(f"| `{_readable(each.function)}` | {each.reason} |\n" for each in DELIBERATE)
    return HEAD + table + DIFFERENCES + differences + ABSENT + _absent() + TESTED


def _readable(pattern: str) -> str:
    """A pattern of functions as a list of them."""
    text = re.sub(r"/\\d|[()]", "", pattern).replace("|", ", ")
    return re.sub(r"\.\*|\\w\*", "*", text)


def _absent() -> str:
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for name, reason in left_out().items():
        by_reason[reason].append(f"`{name}`")
    return "".join(f"\n{reason[0].upper()}{reason[1:]}: {', '.join(names)}.\n" for reason, names in by_reason.items())


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8", newline="\n")
