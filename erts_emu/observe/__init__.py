"""Looking at a run afterwards: recordings of what every thread did, and pictures of them.

:class:`Recorder` listens to the tracepoints of one emulator; :class:`Recording` is what it has heard.
"""

from __future__ import annotations

from erts_emu.observe.recorder import Recorder
from erts_emu.observe.recording import BadRecording, Event, Recording

__all__ = ["BadRecording", "Event", "Recorder", "Recording"]
