"""A program in a real terminal: tmux, which keys are sent to and whose screen is read."""

from __future__ import annotations

import re
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence

PATIENCE = 60.0
UNTIL_CLOSED = 'trap : INT; "$@"; echo "ended with $?"; exec sleep 600'
"""What the window's own shell does: tmux may miss how a program ended."""


class Terminal:
    """One tmux server with one window, which runs *command*."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], columns: int = 100, rows: int = 200) -> None:
        self._socket = f"erts-emu-{uuid.uuid4().hex}"
        settings = [f"{name}={value}" for name, value in env.items()]
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "env", *settings,
            "sh", "-c", UNTIL_CLOSED, "sh", *command,
        )  # fmt: skip

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-u", "-L", self._socket, *arguments], capture_output=True, check=True)
        return done.stdout.decode()

    def screen(self, *options: str) -> str:
        """What is to be seen; with the option ``-e``, in colours."""
        return self._tmux("capture-pane", "-p", *options).rstrip()

    def type(self, text: str) -> None:
        """Type characters."""
        self._tmux("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        """Press keys, named as tmux does: Enter, Tab, Up, C-r."""
        self._tmux("send-keys", *keys)

    def wait_for(self, pattern: str, *options: str) -> str:
        """Wait until the screen matches a regular expression; return the screen."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, screen := self.screen(*options), re.MULTILINE):
            if time.monotonic() > deadline:
                raise AssertionError(f"no {pattern!r} on the screen:\n{screen}")
            time.sleep(0.05)
        return screen

    def wait_for_end(self) -> int:
        """Wait until the program has ended; return its exit status."""
        screen = self.wait_for(r"^ended with \d+$")
        return int(re.findall(r"^ended with (\d+)$", screen, re.MULTILINE)[-1])

    def close(self) -> None:
        """End the server, and with it the program."""
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False)
