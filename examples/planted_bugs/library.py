"""What a planted bug is: a driver with the bug, its fixed twin, and a scenario that ought to pass with both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, final

from attrs import field, frozen

from erts_emu.driver import Driver
from erts_emu.testing import Workbench

Scenario = Callable[[Workbench, type[Driver]], None]


@final
@frozen
class Planted:
    """One bug. *lesson* says in a sentence what is wrong, or what the twin does instead; *options* are the bench's."""

    name: str
    lesson: str
    buggy: type[Driver]
    fixed: type[Driver]
    scenario: Scenario
    options: Mapping[str, Any] = field(factory=dict)

    def run(self, driver: type[Driver]) -> Callable[[Workbench], None]:
        """Return the scenario with one of the two drivers, as ``explore`` takes it."""

        def scenario(bench: Workbench) -> None:
            self.scenario(bench, driver)

        return scenario


ALL: Final[list[Planted]] = []


def planted(lesson: str, buggy: type[Driver], fixed: type[Driver], **options: Any) -> Callable[[Scenario], Scenario]:
    """Add a bug to the library: decorates its scenario, whose name is the bug's."""

    def add(scenario: Scenario) -> Scenario:
        ALL.append(Planted(scenario.__name__, lesson, buggy, fixed, scenario, options))
        return scenario

    return add
