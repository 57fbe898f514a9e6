"""What is wrong with the arguments of a BIF that has failed (OTP: ``erl_erts_errors``)."""

from __future__ import annotations

from typing import Any


def advice(module: str, name: str, arguments: list[Any], reason: Any, location: Any) -> list[str]:
    """Lines such as ``argument 1: not a port``."""
    return []
