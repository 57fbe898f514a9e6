"""Fail if a test was skipped for want of erl, a compiler, a terminal or a browser: ``python .ci/no_skips.py REPORT.xml``."""

import sys
from xml.etree import ElementTree


def main(report: str) -> int:
    skipped = [
        f"{case.get('classname')}.{case.get('name')}: {reason.get('message')}"
        for case in ElementTree.parse(report).iter("testcase")
        for reason in case.iter("skipped")
        if any(word in (reason.get("message") or "") for word in ("erl", "gcc", "compiler", "bridge", "tmux", "chromium", "selenium"))
    ]
    for line in skipped:
        print("skipped:", line)
    return 1 if skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
