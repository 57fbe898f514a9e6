"""What the checks find: data first, text only for the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from attrs import frozen


@final
@frozen
class Finding:
    """One broken rule. ``rule`` is its short name, by which a test can allow it; ``advice`` says what to do."""

    rule: str
    driver: str
    what: str
    advice: str
    where: str = ""
    """FILE:LINE of the driver's code, if there is one to blame."""

    def __str__(self) -> str:
        where = f"\n      at {self.where}" if self.where else ""
        return f"[{self.rule}] driver {self.driver!r}: {self.what}{where}\n      -> {self.advice}"


class CheckFailed(AssertionError):
    """A driver broke rules of the driver API that the test itself did not notice. ``findings`` lists them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        number = "one rule" if len(findings) == 1 else f"{len(findings)} rules"
        text = "\n".join(f"  {finding}" for finding in findings)
        rules = ", ".join(sorted({f'"{finding.rule}"' for finding in findings}))
        super().__init__(
            f"the test itself passed, but the driver has broken {number}:\n{text}\n"
            f"  (where that is intended: @pytest.mark.erts(allow=[{rules}]))"
        )
        self.findings = tuple(findings)


class DriverWarning(UserWarning):
    """A driver does something that is allowed, and hardly intended."""
