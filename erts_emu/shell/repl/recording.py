"""Recording a session: what every thread does, for a timeline, a diagram, or to be looked at later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.shell.repl.commands import Commands
from erts_emu.shell.repl.saving import file_name
from erts_emu.shell.values import OK, Raised, badarg
from erts_emu.terms.atoms import Atom

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.observe import Recorder, Recording
    from erts_emu.shell.repl.shell import Shell

RECORDING: Final = Commands("recording")
_NOT_RECORDED: Final = Atom("not_recorded")


@final
class SessionRecorder:
    """The recorder of one shell. Once moves are taken back, the recording begins with the new world."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._recorder: Recorder | None = None
        self._running = False

    def __repr__(self) -> str:
        return f"<SessionRecorder {'running' if self._running else 'stopped'}>"

    @property
    def recording(self) -> Recording | None:
        """What was recorded last, or is being recorded."""
        return None if self._recorder is None else self._recorder.recording

    def start(self) -> None:
        """Begin a new recording."""
        self.stop()
        self._running = True
        self.begin(self._shell.emulator)

    def begin(self, emulator: Emulator) -> None:
        """Record this emulator, if a recording is wanted."""
        if self._running:
            if self._recorder is not None:
                self._recorder.stop()
            self._recorder = emulator.record()
            self._recorder.start()

    def stop(self) -> None:
        """Record no more."""
        self._running = False
        if self._recorder is not None:
            self._recorder.stop()


@RECORDING.add("record()", "record from now on what every thread does", needs_process=False)
def _record(shell: Shell, _machine: Any) -> Atom:
    shell.recorder.start()
    return OK


@RECORDING.add("stop_recording()", "record no more", needs_process=False)
def _stop_recording(shell: Shell, _machine: Any) -> Atom:
    shell.recorder.stop()
    return OK


@RECORDING.add(
    "save_recording(File)", "write what was recorded, as the name says: .etrace, .html, .json, .folded, .svg, .mmd",
    needs_process=False,
)  # fmt: skip
def _save_recording(shell: Shell, _machine: Any, file: Any) -> Atom:
    from erts_emu.observe.export import ExportError, export

    recording = shell.recorder.recording
    if recording is None:
        raise Raised(_NOT_RECORDED)
    try:
        export(recording, file_name(file))
    except ExportError as error:
        raise Raised((_NOT_RECORDED, [*map(ord, str(error))])) from error
    except OSError:
        raise badarg() from None
    return OK
