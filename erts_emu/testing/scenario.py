"""A scenario: a function that takes by name what the fixtures of the plugin offer, and runs on many schedules."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog

from erts_emu.testing.explorer.engine import Program
from erts_emu.testing.explorer.layer import ExploredThreads
from erts_emu.testing.workbench import Workbench

Scenario = Callable[..., object]

_OFFERED: Final[Mapping[str, Callable[[Workbench], Any]]] = {
    "erts_bench": lambda bench: bench,
    "bench": lambda bench: bench,
    "emu": lambda bench: bench.emu,
    "driver": lambda bench: bench.driver,
    "open_port": lambda bench: bench.open_port,
    "virtual_clock": lambda bench: bench.clock,
    "me": lambda bench: bench.me,
}
OFFERED: Final = (*_OFFERED, "port")
"""The names that a scenario may have as parameters; ``port`` needs the option *driver*."""


class _Silence:
    """Nothing is logged: a failure tells what counts, and the log of every schedule would drown it.

    Where structlog was not configured it is not afterwards: the emulator's own form of the log depends on that.
    """

    def __enter__(self) -> None:
        self._configured = structlog.is_configured()
        if not self._configured:
            structlog.configure()
        self._processors: list[Any] = structlog.get_config()["processors"]
        self._before = self._processors.copy()
        self._processors[:] = (_drop,)

    def __exit__(self, *error: object) -> None:
        self._processors[:] = self._before
        if not self._configured:
            structlog.reset_defaults()


def _drop(logger: object, method: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
    raise structlog.DropEvent


def program_of(scenario: Scenario, given: Mapping[str, Any] | None = None, **options: Any) -> Program:
    """Return the program that runs *scenario* on a fresh workbench, with *options* for it.

    Parameters of other names than ``OFFERED`` get their value from *given*. Raises ``TypeError`` for one that has none.
    """
    given = {} if given is None else given
    under_test = options.pop("driver", None)
    names = [
        name
        for name, parameter in inspect.signature(scenario).parameters.items()
        if parameter.default is parameter.empty or name in given
    ]
    unknown = [name for name in names if name not in OFFERED and name not in given]
    if unknown:
        raise TypeError(
            f"a scenario is called with what it names: {', '.join(OFFERED)}; nobody offers {', '.join(unknown)}"
        )
    if "port" in names and under_test is None:
        raise TypeError("a scenario with a parameter port needs driver=..., the driver to open it of")

    def program(layer: ExploredThreads) -> None:
        with _Silence():
            run(layer)

    def run(layer: ExploredThreads) -> None:
        layer.focus = options.get("watch", True)
        layer.pause()  # while the emulator boots
        bench = Workbench(threads=layer, **options)
        layer.resume()
        try:
            arguments = {name: _OFFERED[name](bench) if name in _OFFERED else given.get(name) for name in names}
            if "port" in names:
                loaded = bench.driver(*under_test) if isinstance(under_test, tuple) else bench.driver(under_test)
                arguments["port"] = loaded.open()
            scenario(**arguments)
            bench.finish()
        except BaseException as error:
            layer.stop_exploring()
            bench.abandon(error)
            raise

    return program
