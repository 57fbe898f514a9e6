"""The module ``file``: whole files and folders. Open files are in ``file_devices``."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from typing import Any, Final

from erts_emu.errors import ErlangError
from erts_emu.shell.lib._arguments import chars
from erts_emu.shell.lib.filename import name_text
from erts_emu.shell.native import Library
from erts_emu.shell.runtime import raised_class
from erts_emu.shell.values import ERROR, OK, badarg
from erts_emu.terms import NotIodata, iolist_to_bytes
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ImproperList

LIBRARY: Final = Library("file", parts=("file_devices",))
_BADARG: Final = (ERROR, Atom("badarg"))
_ENOENT: Final = Atom("enoent")


def reason(error: OSError) -> Atom:
    """The name of an errno, in lower case."""
    return Atom(errno.errorcode.get(error.errno or 0, "einval").lower())


def _done(action: Callable[..., Any], *names: Any) -> Any:
    """Do something with files: ``ok``, ``{ok, Value}`` or ``{error, Reason}``."""
    try:
        paths = [name_text(name) for name in names]
    except ErlangError:
        return _BADARG
    if any("\0" in path for path in paths):
        return _BADARG
    try:
        value = action(*paths)
    except OSError as error:
        return (ERROR, reason(error))
    return OK if value is None else (OK, value)


def _contents(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()


@LIBRARY.plain("read_file")
def _read_file(name: Any) -> Any:
    return _done(_contents, name)


@LIBRARY.plain("write_file", 2, 3)
def _write_file(name: Any, data: Any, modes: Any = None) -> Any:
    options = [option.name for option in (modes or []) if type(option) is Atom]
    try:
        content = iolist_to_bytes(data) if isinstance(data, bytes | list | ImproperList) else None
    except NotIodata:
        content = None
    if content is None:
        return _BADARG
    mode = "ab" if "append" in options else "xb" if "exclusive" in options else "wb"

    def write(path: str) -> None:
        with open(path, mode) as stream:
            stream.write(content)

    return _done(write, name)


@LIBRARY.plain("delete", 1, 2)
def _delete(name: Any, _options: Any = None) -> Any:
    def remove(path: str) -> None:
        if os.path.isdir(path) and not os.path.islink(path):
            raise PermissionError(errno.EPERM, "a folder")
        os.unlink(path)

    return _done(remove, name)


@LIBRARY.plain("rename")
def _rename(old: Any, new: Any) -> Any:
    return _done(os.rename, old, new)


@LIBRARY.plain("copy", 2)
def _copy(source: Any, target: Any) -> Any:
    def copy(old: str, new: str) -> int:
        data = _contents(old)
        with open(new, "wb") as stream:
            return stream.write(data)

    return _done(copy, source, target)


@LIBRARY.plain("make_dir")
def _make_dir(name: Any) -> Any:
    return _done(os.mkdir, name)


@LIBRARY.plain("del_dir")
def _del_dir(name: Any) -> Any:
    def remove(path: str) -> None:
        try:
            os.rmdir(path)
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                raise FileExistsError(errno.EEXIST, "not empty") from None
            raise

    return _done(remove, name)


@LIBRARY.plain("del_dir_r")
def _del_dir_r(name: Any) -> Any:
    def remove(path: str) -> None:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)

    return _done(remove, name)


@LIBRARY.plain("list_dir")
@LIBRARY.plain("list_dir_all")
def _list_dir(name: Any) -> Any:
    return _done(lambda path: [chars(each) for each in os.listdir(path)], name)


@LIBRARY.plain("get_cwd", 0)
def _get_cwd() -> Any:
    return (OK, chars(os.getcwd()))


@LIBRARY.plain("set_cwd")
def _set_cwd(name: Any) -> Any:
    return _done(os.chdir, name)


@LIBRARY.plain("make_symlink")
def _make_symlink(existing: Any, new: Any) -> Any:
    return _done(os.symlink, existing, new)


@LIBRARY.plain("make_link")
def _make_link(existing: Any, new: Any) -> Any:
    return _done(os.link, existing, new)


@LIBRARY.plain("read_link")
def _read_link(name: Any) -> Any:
    return _done(lambda path: chars(os.readlink(path)), name)


@LIBRARY.plain("change_mode")
def _change_mode(name: Any, mode: Any) -> Any:
    return _done(lambda path: os.chmod(path, mode), name)


@LIBRARY.plain("native_name_encoding")
def _native_name_encoding() -> Atom:
    return Atom("utf8")


@LIBRARY.plain("format_error")
def _format_error(problem: Any) -> list[int]:
    if type(problem) is tuple and len(problem) == 3:
        return _form_error(*problem)
    name = problem.name if type(problem) is Atom else ""
    if name in _PROBLEMS:
        return chars(_PROBLEMS[name])
    number = getattr(errno, name.upper(), None)
    if number is None:
        return chars("unknown POSIX error")
    described = os.strerror(number)
    return chars(described if described[:2].isupper() or "/" in described[:4] else described[0].lower() + described[1:])


def _form_error(line: Any, module: Any, described: Any) -> list[Any]:
    if type(module) is not Atom:
        raise badarg()
    if module is Atom("file"):
        return chars("no value returned from script" if described is Atom("undefined_script") else "bad term")
    return [chars(str(line)), 58, 32, described]


_PROBLEMS: Final = {
    "badarg": "bad argument",
    "system_limit": "a system limit was hit, probably not enough ports",
    "terminated": "the file server process is terminated",
    "eexist": "file already exists",
    "eisdir": "illegal operation on a directory",
    "enomem": "not enough memory",
    "ebusy": "file busy",
    "eio": "I/O error",
}


# --- Erlang in files ---


def _text(name: Any) -> Any:
    found = _read_file(name)
    if found[0] is ERROR:
        return found
    try:
        return found[1].decode("utf-8")
    except UnicodeDecodeError:
        return found[1].decode("latin-1")


@LIBRARY.waits("eval", 1, 2)
async def _eval(machine: Any, name: Any, bindings: Any = None) -> Any:
    """Evaluate a file of expressions: ``ok``, or the first error; all forms are evaluated."""
    _, failed = await _evaluated(machine, name, bindings, stop=False)
    return failed or OK


@LIBRARY.waits("script", 1, 2)
async def _script(machine: Any, name: Any, bindings: Any = None) -> Any:
    value, failed = await _evaluated(machine, name, bindings, stop=True)
    if value is None and failed is None:
        return (ERROR, (1, Atom("file"), Atom("undefined_script")))
    return failed or (OK, value)


async def _evaluated(machine: Any, name: Any, bindings: Any, *, stop: bool) -> tuple[Any, Any]:
    from erts_emu.shell.scope import CompileError
    from erts_emu.shell.session import read_forms

    text = _text(name)
    if type(text) is tuple:
        return None, text
    variables = _variables(bindings)
    value: Any = None
    failed: Any = None
    for form in read_forms(text):
        try:
            if form.error is None:
                value = await machine.session.evaluate_in(machine, form.nodes, variables)
                continue
            problem = _unreadable(form.error)
        except CompileError as error:
            problem = (form.end_line, Atom("file"), (ERROR, error.reason, []))
        except ErlangError as error:
            problem = (form.end_line, Atom("file"), (raised_class(error), error.reason, error.stack.term()))
        failed = failed or (ERROR, problem)
        if stop:
            break
    return value, failed


def _variables(bindings: Any) -> dict[str, Any]:
    return {pair[0].name: pair[1] for pair in bindings or []}


def _unreadable(error: Any) -> Any:
    from erts_emu.shell.parser import ParseError

    if isinstance(error, ParseError):
        described = error.reason if isinstance(error.reason, str) else [chars(part) for part in error.reason]
        return (error.line, Atom("erl_parse"), chars(described) if isinstance(described, str) else described)
    return (error.line, Atom("erl_scan"), error.reason)


@LIBRARY.plain("consult")
def _consult(name: Any) -> Any:
    from erts_emu.shell.constants import NOT_CONSTANT
    from erts_emu.shell.session import read_forms
    from erts_emu.shell.terms_text import term_of

    text = _text(name)
    if type(text) is tuple:
        return text
    terms = []
    for form in read_forms(text):
        if form.error is not None:
            return (ERROR, _unreadable(form.error))
        term = term_of(form.nodes)
        if term is NOT_CONSTANT:
            return (ERROR, (form.line, Atom("erl_parse"), [*map(ord, "bad term")]))
        terms.append(term)
    return (OK, terms)
