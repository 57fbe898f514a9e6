"""The thread layer (ERTS: ``ethread``): one interface, real and simulated threads behind it."""

from __future__ import annotations

from erts_emu.ethread.errors import (
    DeadlockError,
    ReplayDivergence,
    SimulatedThreadCrashed,
    SimulationOver,
    StepLimitExceeded,
    ThreadLayerError,
)
from erts_emu.ethread.interface import (
    NANOSECONDS_PER_MILLISECOND,
    NANOSECONDS_PER_SECOND,
    Atomic,
    Condition,
    Mutex,
    RWLock,
    Thread,
    ThreadEvent,
    ThreadLayer,
    ThreadSpecificData,
)
from erts_emu.ethread.real import RealThreads
from erts_emu.ethread.schedule import Schedule
from erts_emu.ethread.simulated import (
    SimAtomic,
    SimCondition,
    SimEvent,
    SimMutex,
    SimQueue,
    SimThread,
    SimulatedThreads,
    Waitable,
)
from erts_emu.ethread.strategies import InOrder, Replay, SeededRandom, Strategy

__all__ = [
    "NANOSECONDS_PER_MILLISECOND",
    "NANOSECONDS_PER_SECOND",
    "Atomic",
    "Condition",
    "DeadlockError",
    "InOrder",
    "Mutex",
    "RWLock",
    "RealThreads",
    "Replay",
    "ReplayDivergence",
    "Schedule",
    "SeededRandom",
    "SimAtomic",
    "SimCondition",
    "SimEvent",
    "SimMutex",
    "SimQueue",
    "SimThread",
    "SimulatedThreadCrashed",
    "SimulatedThreads",
    "SimulationOver",
    "StepLimitExceeded",
    "Strategy",
    "Thread",
    "ThreadEvent",
    "ThreadLayer",
    "ThreadLayerError",
    "ThreadSpecificData",
    "Waitable",
]
