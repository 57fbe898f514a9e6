"""The shell in a terminal: line editing, history, colours, completion (prompt_toolkit and pygments)."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO, final

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import is_searching
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.patch_stdout import StdoutProxy
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import style_from_pygments_cls
from pygments.lexers.erlang import ErlangLexer
from pygments.styles import get_style_by_name

from erts_emu.shell.parser import ParseError
from erts_emu.shell.repl.breaks import break_menu, switch_menu
from erts_emu.shell.repl.completion import complete
from erts_emu.shell.repl.reading import CommandReader, EndOfInput, is_complete
from erts_emu.shell.repl.shell import BANNER, Shell
from erts_emu.shell.session import Halt
from erts_emu.shell.tokens import ScanError

if TYPE_CHECKING:
    from prompt_toolkit.completion import CompleteEvent

HISTORY: Final = "shell_history"
_GLANCE: Final = 0.1
"""How often, in seconds, the prompt looks whether the evaluator is still there."""


def history_file() -> Path:
    """Where the history is kept from session to session."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "erts_emu" / HISTORY


@final
class TerminalStream:
    """Where output goes: to the terminal, or above the prompt as long as there is one. Any thread."""

    def __init__(self) -> None:
        self._direct: TextIO = sys.stdout
        self._proxy = StdoutProxy(sleep_between_writes=0.02, raw=True)
        self.prompting = False

    def write(self, data: bytes) -> None:
        """Write UTF-8."""
        text = data.decode("utf-8", "surrogatepass")
        (self._proxy if self.prompting else self._direct).write(text)

    def flush(self) -> None:
        """Write out what is buffered."""
        (self._proxy if self.prompting else self._direct).flush()

    def close(self) -> None:
        """Stop the thread that writes above the prompt."""
        self._proxy.close()


@final
class _Interrupted:
    """What the prompt gives back when something happened meanwhile: the text so far, and where the cursor was."""

    def __init__(self, document: Document) -> None:
        self.document = document


@final
class _Completer(Completer):
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        for found in complete(self._shell, document.text_before_cursor):
            yield Completion(found.text, start_position=-found.replaced, display=found.shown)


@final
class Terminal:
    """One shell in one terminal."""

    def __init__(self, shell: Shell, stream: TerminalStream) -> None:
        self.shell = shell
        self._stream = stream
        self._reader = CommandReader(self._line)
        self._prompt: PromptSession[Any] = PromptSession(
            history=_history(),
            lexer=PygmentsLexer(ErlangLexer),
            style=style_from_pygments_cls(get_style_by_name("default")),
            completer=_Completer(shell),
            complete_style=CompleteStyle.READLINE_LIKE,
            complete_while_typing=False,
            multiline=True,
            prompt_continuation=lambda _width, _line, wrapped: "" if wrapped else shell.prompt,
            key_bindings=self._keys(),
            include_default_pygments_style=False,
        )

    def __repr__(self) -> str:
        return f"<Terminal of {self.shell!r}>"

    def run(self) -> None:
        """Execute commands until there are no more. Raises ``Halt``."""
        with self._breakable():
            self._run()

    def _run(self) -> None:
        shell = self.shell
        shell.write(f"{shell.system_banner()}\n\n{BANNER}\n")
        while not shell.quitting:
            shell.console.width = shutil.get_terminal_size().columns
            try:
                text, nodes = self._reader.read()
            except EndOfInput:
                return
            except (ScanError, ParseError) as error:
                shell.refuse(error)
                if isinstance(error, ScanError):
                    self._reader.drop_rest()
                continue
            shell.execute(text, nodes)

    # --- the prompt ---

    def _line(self) -> str:
        """Ask for a command; it may have several lines."""
        document = Document()
        while True:
            self._stream.prompting = True
            try:
                answer = self._prompt.prompt(self.shell.prompt, default=document, pre_run=self._start_watching)
            except EOFError:
                return ""
            finally:
                self._stream.flush()
                self._stream.prompting = False
            if not isinstance(answer, _Interrupted):
                return f"{answer}\n"
            document = answer.document
            self.shell.take_note()

    def _start_watching(self) -> None:
        self._prompt.app.erase_when_done = False
        self._prompt.app.create_background_task(self._watch())

    async def _watch(self) -> None:
        """Leave the prompt when the shell has something to say."""
        app = self._prompt.app
        while not self.shell.world.is_disturbed():
            await asyncio.sleep(_GLANCE)
        if app.is_running and not app.is_done:
            app.erase_when_done = True
            app.exit(result=_Interrupted(self._prompt.default_buffer.document))

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("enter", filter=~is_searching)
        def _enter(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            if is_complete(buffer.text) or not buffer.text.strip():
                buffer.validate_and_handle()
            else:
                buffer.insert_text("\n")

        @keys.add("c-d")
        def _delete(event: KeyPressEvent) -> None:
            event.current_buffer.delete()

        @keys.add("c-c")
        async def _break(event: KeyPressEvent) -> None:
            await self._in_menu(event, lambda: break_menu(self.shell))

        @keys.add("c-g")
        async def _switch(event: KeyPressEvent) -> None:
            await self._in_menu(event, lambda: switch_menu(self.shell))

        return keys

    async def _in_menu(self, event: KeyPressEvent, menu: Any) -> None:
        """Run a menu below the prompt; a ``Halt`` that comes out of it ends the prompt."""
        halts: list[Halt] = []

        def run() -> None:
            self._stream.prompting = False
            try:
                menu()
            except Halt as halt:
                halts.append(halt)
            finally:
                self._stream.prompting = True

        await run_in_terminal(run)
        if halts:
            event.app.exit(exception=halts[0])

    # --- Ctrl-C while something is being evaluated ---

    @contextmanager
    def _breakable(self) -> Iterator[None]:
        def handle(_number: int, _frame: object) -> None:
            try:
                break_menu(self.shell)
            except Halt as halt:
                # The evaluation may be anywhere: nothing can be unwound from here.
                self._stream.flush()
                os._exit(halt.status)

        former = signal.signal(signal.SIGINT, handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, former)


def _history() -> FileHistory | InMemoryHistory:
    file = history_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(file))
