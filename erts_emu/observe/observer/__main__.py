"""A face as a process: ``python -m erts_emu.observe.observer FOLDER [--serve HOST PORT]``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path


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

    command = shlex.join([sys.executable, "-m", "erts_emu.observe.observer", folder])
    page = Path(__file__).parent / "page"  # textual-serve's own page fetches a font from elsewhere
    Server(command, host=host, port=port, title="erts-emu observer", templates_path=page).serve()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
