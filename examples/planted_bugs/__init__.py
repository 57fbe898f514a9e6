"""Drivers with one bug each, planted on purpose, and their fixed twins: exercises, and the explorer's own test.

``python -m examples.planted_bugs`` prints how many schedules each strategy needs for each of them.
"""

from __future__ import annotations

from . import classics, flow, lifetimes, locking, races
from .library import ALL, Planted

__all__ = ["ALL", "Planted", "classics", "flow", "lifetimes", "locking", "races"]
