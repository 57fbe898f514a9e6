"""Fail if a test was skipped for want of a tool that is there to be used: ``python .ci/no_skips.py REPORT.xml``."""

import sys
from xml.etree import ElementTree

TOOLS = ("erl", "gcc", "compiler", "bridge", "tmux", "chromium", "selenium")


def main(report: str) -> int:
    skipped = [
        f"{case.get('classname')}.{case.get('name')}: {reason.get('message')}"
        for case in ElementTree.parse(report).iter("testcase")
        for reason in case.iter("skipped")
        if any(tool in (reason.get("message") or "") for tool in TOOLS)
    ]
    for line in skipped:
        print("skipped:", line)
    return 1 if skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
