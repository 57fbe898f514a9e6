"""Shells for the sessions in the lessons."""

from tests.repl.conftest import talking

__all__ = ["talking"]
