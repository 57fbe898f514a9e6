"""Opening an observer: a server in this process, a face in another."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, final

from erts_emu.observe.observer.link import Server
from erts_emu.observe.observer.output import Diverted, Kept, Terminal
from erts_emu.observe.observer.sampling import Sampler
from erts_emu.observe.observer.subjects import EmulatorSubject, Subject

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator

FACE: Final = "erts_emu.observe.observer"
"""The module that is run as a face."""
DEFAULT_PORT: Final = 8000
_PATIENCE: Final = 5.0


class ObserverUnavailable(ImportError):
    """The observer cannot be opened here: a package is missing, or there is no terminal. The message says which."""


@final
class Browser:
    """Where to serve the observer for browsers."""

    def __init__(self, port: int = DEFAULT_PORT, host: str = "localhost") -> None:
        self.port = port
        self.host = host

    def __repr__(self) -> str:
        return f"<Browser http://{self.host}:{self.port}>"


def require(browser: Browser | None = None) -> None:
    """Raise ``ObserverUnavailable`` unless the observer can be opened."""
    for module, package in (("textual", "textual"), ("textual_serve", "textual-serve")):
        if (module == "textual" or browser is not None) and importlib.util.find_spec(module) is None:
            raise ObserverUnavailable(
                f"the observer needs the package {package}: install it with  pip install 'erts_emu[observer]'"
            )
    if browser is None and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ObserverUnavailable("the observer needs a terminal: run it in one, or use --serve and a browser")


def observe(emulator: Emulator, *, title: str = "", browser: Browser | None = None) -> None:
    """Open an observer on *emulator*, which has real threads, and return when the user quits it.

    The calling thread waits; the emulator's own threads go on. Raises ``ObserverUnavailable``.
    """
    open_observer(EmulatorSubject(emulator, title), browser=browser)


def open_observer(
    subject: Subject,
    *,
    kept: Kept | None = None,
    browser: Browser | None = None,
    start: Callable[[], None] | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> Kept:
    """Open an observer on *subject*, which is closed at the end; return what was written meanwhile.

    *start* is called first, when what is written goes to *kept* already; *meanwhile* is run in the calling thread while
    the face is open, and has to return once ``subject`` is closed.
    Raises ``ObserverUnavailable``.
    """
    require(browser)
    written = Kept() if kept is None else kept
    with Diverted(written) as diverted, Server(Sampler(subject, written)) as server:
        if start is not None:
            start()
        face = start_face(server.folder, diverted.terminal, browser)
        try:
            if meanwhile is None:
                face.wait()
            else:
                threading.Thread(target=_close_after, args=(face, subject), name="observer end", daemon=True).start()
                meanwhile()
        except KeyboardInterrupt:
            if browser is None:
                raise  # a face in a terminal gets Ctrl-C as a key; this was meant for the program
        finally:
            _end(face)
            subject.close()
    return written


def _end(face: subprocess.Popen[bytes]) -> None:
    """End a face that has not ended by itself; one that serves browsers may still wait for them."""
    if face.poll() is None:
        face.terminate()
        try:
            face.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            face.kill()
            face.wait()


def _close_after(face: subprocess.Popen[bytes], subject: Subject) -> None:
    face.wait()
    subject.close()


def start_face(folder: str, terminal: Terminal, browser: Browser | None = None) -> subprocess.Popen[bytes]:
    """Start the face of the server in *folder*, on the descriptors of a terminal: input, output, errors."""
    arguments = [sys.executable, "-m", FACE, folder]
    if browser is not None:
        arguments += ["--serve", browser.host, str(browser.port)]
    read, write, errors = terminal
    return subprocess.Popen(arguments, stdin=read, stdout=write, stderr=errors, env=face_environment())


def face_environment() -> dict[str, str]:
    """The environment of a face: it imports this very package."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{package}{os.pathsep}{path}" if path else package}
