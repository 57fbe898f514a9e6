"""A face as a process: ``python -m erts_emu.observe.observer FOLDER [--serve HOST PORT]``."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erts_emu.observe.observer.link import SocketLink


def main(arguments: list[str]) -> int:
    """Show what the server in a folder observes, here or in browsers; return the exit status."""
    folder, *rest = arguments
    if rest:
        _, host, port = rest
        _serve(folder, host, int(port))
        return 0
    from erts_emu.observe.observer.app import run_face
    from erts_emu.observe.observer.link import LinkLost, SocketLink

    try:
        run_face(SocketLink(folder))
    except LinkLost as lost:
        print(lost, file=sys.stderr)
        return 1
    return 0


def _serve(folder: str, host: str, port: int) -> None:
    """Serve browsers: each page has a face of its own, of the same subject."""
    from textual_serve.server import Server

    from erts_emu.observe.observer.link import SocketLink

    threading.Thread(target=_end_after, args=(SocketLink(folder),), name="observer end", daemon=True).start()
    command = shlex.join([sys.executable, "-m", "erts_emu.observe.observer", folder])
    page = Path(__file__).parent / "page"  # textual-serve's own page fetches a font from elsewhere
    Server(command, host=host, port=port, title="erts-emu observer", templates_path=page).serve()


def _end_after(link: SocketLink) -> None:
    """End this process when the observed one has ended, however it did: there is nothing to serve any more."""
    link.wait_for_end()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
