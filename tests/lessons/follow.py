"""Follow lessons as a reader does: ``.venv/bin/python -m tests.lessons.follow 01 02``, at the top of a checkout.

Their commands are given to a shell, in this checkout, whose ``.venv`` the README's first command has made; what they
print is compared with the texts. Nothing stands in for anything here, unlike in the tests.
"""

from __future__ import annotations

import sys

from tests.lessons import texts
from tests.transcripts import blocks_of, exchanges, run_commands


def follow(lesson: texts.Lesson) -> int:
    """Give the commands of a lesson to a shell; return how many of them have printed something else."""
    page = lesson.page.read_text(encoding="utf-8")
    told = [each for block in blocks_of(page) if block.language == "console" for each in exchanges(block.text, r"\$ ")]
    given = [] if told[0][0] in texts.TO_THE_LESSONS else texts.TO_THE_LESSONS
    commands = [*given, *(command for command, _ in told)]
    printed = run_commands(commands, texts.ROOT, {"PYTHONPATH": ""})[len(given) :]
    wrong = [(command, said, is_so) for (command, said), is_so in zip(told, printed, strict=True) if said != is_so]
    for command, said, is_so in wrong:
        print(f"{lesson}: {command}\n--- the text says\n{said}--- it prints\n{is_so}", file=sys.stderr)
    print(f"{lesson}: {len(told) - len(wrong)} of {len(told)} commands print what the text says")
    return len(wrong)


def main(numbers: list[str]) -> int:
    """Follow the lessons of these numbers, or all; return the exit status."""
    lessons = [lesson for lesson in texts.ALL if not numbers or lesson.number in numbers]
    return 1 if sum(follow(lesson) for lesson in lessons) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
