"""Lines below a function that has failed: what is wrong with its arguments (OTP: ``erl_error``)."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.terms.atoms import Atom

_EXPLAINED: Final = ("badarg", "badarith", "badkey", "badmap", "system_limit")


def advice(module: str, name: str, arguments: list[Any], reason: Any, location: Any) -> list[str]:
    """Lines such as ``argument 1: not a port``. *location* says whether the exception has more to tell."""
    kind = reason[0] if type(reason) is tuple and reason else reason
    if type(kind) is not Atom or kind.name not in _EXPLAINED:
        return []
    from erts_emu.shell.lib.explanations import explain

    lines = []
    for place, text in explain(module, name, arguments):
        start = f"argument {place}: "
        lines.append(start + text.replace("\n", f"\n{' ' * len(start)}"))
        if module == "io" and type(arguments[place - 1]) is Atom and text == "wrong number of arguments":
            lines.append("possibly missing argument list")
    return lines
