"""Where the shell writes, and how it spells values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO, cast, final

from erts_emu.shell.output import ByteStream, Output
from erts_emu.shell.values import ErlFun
from erts_emu.terms.format import SHELL_DEPTH, SHELL_MAX_CHARS, format_p

if TYPE_CHECKING:
    from erts_emu.shell.repl.evaluator import Crashed
    from erts_emu.terms.spelling import Encoding


@final
class _Tap:
    """Passes bytes on, notes them while somebody wants to know them, and drops them while nobody is to see them."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.noted: list[bytes] | None = None
        self.closed = False

    def write(self, data: bytes) -> None:
        if self.closed:
            return
        if self.noted is not None:
            self.noted.append(data)
        self._stream.write(data)

    def flush(self) -> None:
        if not self.closed:
            self._stream.flush()


@final
class _Reports:
    """Reports go where everything else is written."""

    def __init__(self, output: Output, buffer: ByteStream) -> None:
        self._output = output
        self.buffer = buffer

    def write(self, text: str) -> None:
        self._output.write(text)

    def flush(self) -> None:
        """Nothing is kept back."""


@final
class Console:
    """A terminal, a pipe, or something that only looks so. ``width`` is in columns."""

    def __init__(self, stream: ByteStream, *, unicode: bool = False) -> None:
        self._tap = _Tap(stream)
        self.output = Output(self._tap, unicode=unicode)
        self.reports = cast(TextIO, _Reports(self.output, self._tap))
        self.width = 80

    def __repr__(self) -> str:
        return f"<Console, {self.width} columns>"

    @property
    def encoding(self) -> Encoding:
        """How atoms and strings are spelt."""
        return "unicode" if self.output.unicode else "latin1"

    def write(self, text: str) -> None:
        """Write. Any thread."""
        self.output.write(text)

    def mute(self, *, closed: bool) -> None:
        """Show nothing any more, or everything again."""
        self._tap.closed = closed

    def start_noting(self) -> None:
        """Note what is written from now on."""
        self._tap.noted = []

    def noted(self) -> str:
        """What has been written since."""
        noted, self._tap.noted = self._tap.noted, None
        return b"".join(noted or ()).decode("utf-8" if self.output.unicode else "latin-1", "replace")

    def value_text(self, value: Any, column: int = 1, nested: int = 0) -> str:
        """A value as the shell prints it, beginning in *column*; one that is *nested* in others is cut earlier."""
        return format_p(
            value,
            column,
            self.width,
            SHELL_DEPTH - nested,
            SHELL_MAX_CHARS,
            encoding=self.encoding,
            printable_range=self.encoding,
        )

    def binding_text(self, value: Any, column: int) -> str:
        """A variable's value, *column* columns from the left."""
        if type(value) is ErlFun:
            from erts_emu.shell.repl.source import fun_text

            return fun_text(value.code.source, column)
        return self.value_text(value, column + 1)

    def crash_text(self, crash: Crashed, stars: str) -> str:
        """What is said of an exception."""
        from erts_emu.shell.reports import format_exception

        return "{}{} {}\n".format(
            crash.note,
            stars,
            format_exception(
                crash.kind,
                crash.reason,
                crash.frames,
                len(stars) + 1,
                lambda term, column, nested: self.value_text(term, column + 1, nested),
            ),
        )
