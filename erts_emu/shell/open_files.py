"""Open files of scripts: what is done with one, and the process that serves one.

Counterparts in OTP: ``prim_file`` and ``file_io_server``.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.shell.input import Input, read_term
from erts_emu.shell.lib._arguments import chars
from erts_emu.shell.values import ERROR, OK
from erts_emu.terms import NotIodata, iolist_to_bytes
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ImproperList

if TYPE_CHECKING:
    from erts_emu.bifs import ProcessBifs
    from erts_emu.terms.identifiers import Pid

BADARG: Final = (ERROR, Atom("badarg"))
EOF: Final = Atom("eof")
_FLAGS: Final = {
    "read": os.O_RDONLY,
    "write": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    "append": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
    "exclusive": os.O_WRONLY | os.O_CREAT | os.O_EXCL,
}
_PERMISSIONS: Final = 0o666
_PLACES: Final = {"bof": os.SEEK_SET, "cur": os.SEEK_CUR, "eof": os.SEEK_END}


def errno_name(error: OSError) -> tuple[Atom, Atom]:
    """``{error, Posix}``."""
    return (ERROR, Atom(errno.errorcode.get(error.errno or 0, "einval").lower()))


def open_flags(modes: set[str]) -> int:
    """The flags of ``open(2)`` for modes of ``file:open/2``."""
    flags = 0
    for mode in modes & _FLAGS.keys():
        flags |= _FLAGS[mode]
    if flags & os.O_WRONLY and "read" in modes:
        flags = flags & ~(os.O_WRONLY | os.O_TRUNC) | os.O_RDWR
    return flags | os.O_CLOEXEC


@final
class OpenFile:
    """A file that is open, and what functions of ``file`` do with it; results are Erlang's. One thread at a time."""

    def __init__(self, path: str, modes: set[str]) -> None:
        """Open it. Raises ``OSError``."""
        self.binary = "binary" in modes
        self.descriptor = os.open(path, open_flags(modes), _PERMISSIONS)
        if os.path.isdir(path) and "directory" not in modes:
            self.close()
            raise IsADirectoryError(errno.EISDIR, "a folder")

    def __repr__(self) -> str:
        return f"<OpenFile {self.descriptor}>"

    def close(self) -> Any:
        """``close/1``. A second time it is no file any more."""
        if self.descriptor < 0:
            return (ERROR, Atom("einval"))
        os.close(self.descriptor)
        self.descriptor = -1
        return OK

    def do(self, request: Any) -> Any:
        """Do what a request ``{Name, Argument...}`` or ``Name`` asks for."""
        name, *arguments = request if type(request) is tuple else (request,)
        action: Callable[..., Any] | None = getattr(self, f"do_{name}", None)
        if action is None:
            return (ERROR, Atom("request"))
        if self.descriptor < 0:
            return (ERROR, Atom("einval"))
        try:
            return action(*arguments)
        except OSError as error:
            return errno_name(error)

    def data(self, read: bytes) -> Any:
        """Bytes as the file was opened for: a binary, or a list."""
        return read if self.binary else list(read)

    def answer(self, read: bytes, wanted: int) -> Any:
        """What reading that many bytes is answered with."""
        return EOF if not read and wanted else (OK, self.data(read))

    def do_read(self, size: Any) -> Any:
        """``read/2``."""
        if type(size) is not int or size < 0:
            return BADARG
        return self.answer(self._read(size), size)

    def _read(self, size: int) -> bytes:
        parts = []
        while size > 0 and (part := os.read(self.descriptor, size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def do_read_line(self) -> Any:
        """``read_line/1``: a line with its line feed, before which a carriage return is left out."""
        line = bytearray()
        while (block := os.read(self.descriptor, 512)) != b"":
            before, newline, after = block.partition(b"\n")
            line += before + newline
            if newline:
                os.lseek(self.descriptor, -len(after), os.SEEK_CUR)
                break
        text = bytes(line)
        return self.answer(text[:-2] + b"\n" if text.endswith(b"\r\n") else text, 1)

    def do_write(self, data: Any) -> Any:
        """``write/2``."""
        content = bytes_of(data)
        return BADARG if content is None else self._write(content)

    def _write(self, content: bytes) -> Any:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]
        return OK

    def do_position(self, place: Any) -> Any:
        """``position/2``: the new place, from the beginning."""
        found = _place(place)
        return BADARG if found is None else (OK, os.lseek(self.descriptor, *found))

    def do_pread(self, place: Any, size: Any = None) -> Any:
        """``pread/3``, and ``pread/2`` for a list of places and sizes. The position is lost."""
        if size is None:
            if type(place) is not list or not all(type(each) is tuple and len(each) == 2 for each in place):
                return BADARG
            answers = [self.do_pread(*each) for each in place]
            wrong = next((each for each in answers if each is not EOF and each[0] is ERROR), None)
            return wrong or (OK, [each if each is EOF else each[1] for each in answers])
        if type(place) is not int or type(size) is not int or place < 0 or size < 0:
            return BADARG
        return self.answer(os.pread(self.descriptor, size, place), size)

    def do_pwrite(self, place: Any, data: Any = None) -> Any:
        """``pwrite/3``, and ``pwrite/2`` for a list of places and data."""
        if data is None:
            return self._pwrite_all(place)
        content = bytes_of(data)
        if content is None or type(place) is not int or place < 0:
            return BADARG
        os.pwrite(self.descriptor, content, place)
        return OK

    def _pwrite_all(self, pairs: Any) -> Any:
        if type(pairs) is not list or not all(type(each) is tuple and len(each) == 2 for each in pairs):
            return BADARG
        if any(bytes_of(data) is None for _place, data in pairs):
            return BADARG
        for done, (place, data) in enumerate(pairs):
            answer = self.do((Atom("pwrite"), place, data))
            if answer is not OK:
                return (ERROR, (done, answer[1]))
        return OK

    def do_truncate(self) -> Any:
        """``truncate/1``: here the file ends."""
        os.ftruncate(self.descriptor, os.lseek(self.descriptor, 0, os.SEEK_CUR))
        return OK

    def do_sync(self) -> Any:
        """``sync/1``, ``datasync/1``."""
        os.fsync(self.descriptor)
        return OK

    do_datasync = do_sync


def bytes_of(data: Any) -> bytes | None:
    """The bytes of iodata, or None."""
    if not isinstance(data, bytes | list | ImproperList):
        return None
    try:
        return iolist_to_bytes(data)
    except NotIodata:
        return None


def _place(place: Any) -> tuple[int, int] | None:
    """An offset and what it counts from, for ``lseek``."""
    if type(place) is int:
        return place, os.SEEK_SET
    if type(place) is Atom and place.name in _PLACES:
        return 0, _PLACES[place.name]
    if type(place) is tuple and len(place) == 2 and type(place[0]) is Atom and type(place[1]) is int:
        whence = _PLACES.get(place[0].name)
        return None if whence is None else (place[1], whence)
    return None


# --- the process that serves a file ---

_FILE_REQUEST: Final = Atom("file_request")
_IO_REQUEST: Final = Atom("io_request")
_FILE_REPLY: Final = Atom("file_reply")
_IO_REPLY: Final = Atom("io_reply")
_DOWN: Final = Atom("DOWN")
_CLOSE: Final = Atom("close")
_READS: Final = ("get_line", "get_chars", "get_until")


@final
class FileServer:
    """Serves requests of the I/O protocol on one file until it is closed, its owner ends, or writing fails."""

    def __init__(self, file: OpenFile, owner: Pid, encoding: str) -> None:
        self._file = file
        self._owner = owner
        self._encoding = encoding
        self._input = Input(encoding, self._more)

    def __repr__(self) -> str:
        return f"<FileServer of {self._file!r}>"

    async def run(self, process: ProcessBifs) -> None:
        """What the process does."""
        reference = await process.monitor(self._owner)
        try:
            while True:
                message = await process.receive()
                if type(message) is not tuple:
                    continue
                if len(message) == 4 and message[0] in (_FILE_REQUEST, _IO_REQUEST):
                    kind, sender, mark, request = message
                    answer, ends = self._served(kind, request)
                    await process.send(sender, (_FILE_REPLY if kind is _FILE_REQUEST else _IO_REPLY, mark, answer))
                    if ends:
                        return
                elif len(message) == 5 and message[0] is _DOWN and message[1] == reference:
                    return
        finally:
            if self._file.descriptor >= 0:
                self._file.close()

    def _served(self, kind: Atom, request: Any) -> tuple[Any, bool]:
        """The answer, and whether the process ends with it."""
        name = request[0] if type(request) is tuple and request else request
        if kind is _FILE_REQUEST:
            self._forget_read_ahead()
            return (self._file.close(), True) if name is _CLOSE else (self._file.do(request), False)
        if type(name) is Atom and name.name in _READS:
            return self._read(request), False
        if name is Atom("put_chars"):
            self._forget_read_ahead()
            answer = self._put(request)
            return answer, answer is not OK and answer != BADARG
        return (ERROR, Atom("request")), False

    def _forget_read_ahead(self) -> None:
        ahead = self._input.take_rest().encode(self._encoding)
        if ahead:
            os.lseek(self._file.descriptor, -len(ahead), os.SEEK_CUR)

    def _more(self) -> bytes:
        line = self._file.do_read_line()
        return b"" if line is EOF else bytes(line[1])

    def _put(self, request: Any) -> Any:
        """``{put_chars, Encoding, Characters}``, or with a function that makes them."""
        from erts_emu.shell.format import BadFormat, format_text
        from erts_emu.shell.lib.unicode import BadCharacters, decode
        from erts_emu.terms.format import format_w

        try:
            match request[2:]:
                case (data,):
                    latin = request[1] is Atom("latin1")
                    text = (bytes_of(data) or b"").decode("latin-1") if latin else decode(data)
                case (Atom(name="io_lib"), Atom(name="format"), [control, arguments]):
                    text = format_text(control, arguments)
                case (Atom(name="io_lib"), Atom(name="write"), [term]):
                    text = format_w(term)
                case _:
                    return (ERROR, Atom("request"))
        except (BadFormat, BadCharacters):
            return BADARG
        try:
            return self._file.do((Atom("write"), text.encode(self._encoding)))
        except UnicodeEncodeError:
            return (ERROR, Atom("no_translation"))

    def _read(self, request: Any) -> Any:
        """``{get_line, Encoding, Prompt}``, ``{get_chars, Encoding, Prompt, Count}``, and ``{get_until, …}``."""
        try:
            match request:
                case (Atom(name="get_line"), _, _):
                    text = self._input.line()
                case (Atom(name="get_chars"), _, _, int(count)) if count >= 0:
                    text = self._input.characters(count)
                    if not count:
                        return self._file.data(b"")
                case (Atom(name="get_until"), *_):  # the only function that is asked for is that of read/1,2
                    return read_term(self._input)
                case _:
                    return BADARG
        except OSError as error:
            return errno_name(error)
        if not text:
            return EOF
        if self._file.binary:
            return text.encode("latin-1" if request[1] is Atom("latin1") and self._encoding == "latin-1" else "utf-8")
        return chars(text)
