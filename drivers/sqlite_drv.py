"""SQLite databases: queries on the async threads, and answers as terms.

Protocol. Integers are big-endian; open the port with ``binary``. What follows the driver's name and one space is the
database's path; without one it is a private database in memory::

    open_port({spawn_driver, "sqlite_drv /tmp/a.db"}, [binary])
    port_command(Port, <<1, Sql/binary>>)                       execute one statement without parameters
    port_command(Port, <<2, Statement:32, Sql/binary>>)         prepare one, whose parameters are ?, under any number
    port_command(Port, <<3, Statement:32, Parameters/binary>>)  execute a prepared statement
    port_command(Port, <<4, Statement:32>>)                     forget it
    port_command(Port, <<5, Script/binary>>)                    execute statements, separated by semicolons

A parameter is ``<<0>>`` for null, ``<<1, I:64/signed>>``, ``<<2, F:64/float>>``, ``<<3, L:32, Utf8:L/binary>>`` or
``<<4, L:32, Blob:L/binary>>``. Requests count from 1, and are answered in order::

    -> {sqlite, Port, Request, {rows, [Column], [Row]}}         Column is a binary, Row a tuple of values: integers,
                                                                floats, null, binaries for texts, {blob, Binary}
    -> {sqlite, Port, Request, {done, Changes, LastRowId}}      a statement without a result
    -> {sqlite, Port, Request, ok}                              prepared, forgotten, or a script
    -> {sqlite, Port, Request, {error, Code, Text}}             Code is SQLite's name, as in 'SQLITE_CONSTRAINT_UNIQUE';
                                                                'SQLITE_MISUSE' for a request without sense

A database that cannot be opened is answered so at each request, and opened anew at the next. A port that is closed
during a query interrupts it.

What there is to learn: the key is that of the *database*: all ports with the same path have one thread, so that none of
them waits for another's lock; answers are specs of terms, made on the async thread, where all of the work belongs, and
sent in ``ready_async``; a prepared statement is the driver's own record of what the client calls by a number; ``stop``
cannot close a connection that is in use: it sets a flag that SQLite looks at, and submits the job that closes it.
"""

from __future__ import annotations

import sqlite3
import struct
import zlib
from collections.abc import Callable
from typing import Any, Final, final

from erts_emu.driver import (
    ERL_DRV_ATOM,
    ERL_DRV_BUF2BINARY,
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    ERL_DRV_FLOAT,
    ERL_DRV_INT64,
    ERL_DRV_LIST,
    ERL_DRV_NIL,
    ERL_DRV_PORT,
    ERL_DRV_TUPLE,
    ERL_DRV_UINT,
    Driver,
    DriverEntry,
    Pointer,
    driver_async,
    driver_async_port_key,
    driver_mk_atom,
    driver_mk_port,
    erl_drv_output_term,
    hookimpl,
)

EXECUTE, PREPARE, EXECUTE_PREPARED, FORGET, SCRIPT = range(1, 6)
INSTRUCTIONS_BETWEEN_LOOKS: Final = 1000
"""How many of SQLite's instructions run before it looks whether the port has been closed."""

Spec = list[Any]
Value = int | float | str | bytes | None


class BadRequest(Exception):
    """A request that makes no sense."""


@final
class Database:
    """A port's connection and its prepared statements. Only jobs touch it, and those of one port one after the other.

    Except ``closed``: ``stop`` sets it, and jobs look at it whenever they like.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.closed = False
        self.connection: sqlite3.Connection | None = None
        self.statements: dict[int, str] = {}

    def connected(self) -> sqlite3.Connection:
        """The connection, opened when it is first needed."""
        if self.connection is None:
            self.connection = sqlite3.connect(
                self.path or ":memory:", timeout=0.0, isolation_level=None, check_same_thread=False
            )
            self.connection.set_progress_handler(lambda: self.closed, INSTRUCTIONS_BETWEEN_LOOKS)
        return self.connection

    def execute(self, sql: str, parameters: tuple[Value, ...] = ()) -> Spec:
        """Execute a statement, and describe its result."""
        cursor = self.connected().execute(sql, parameters)
        if cursor.description is not None:
            return spec_of_rows([column[0] for column in cursor.description], cursor.fetchall())
        done = [ERL_DRV_ATOM, driver_mk_atom("done"), ERL_DRV_INT64, cursor.rowcount]
        return [*done, ERL_DRV_INT64, cursor.lastrowid or 0, ERL_DRV_TUPLE, 3]

    def prepare(self, number: int, sql: str) -> Spec:
        """Remember a statement that SQLite understands. Python's sqlite3 keeps the compiled form."""
        try:
            self.connected().execute(f"EXPLAIN {sql}")
        except sqlite3.ProgrammingError as error:
            if "bindings" not in str(error):
                raise
            # So many parameters are missing: it has been understood.
        self.statements[number] = sql
        return OK

    def execute_prepared(self, number: int, parameters: bytes) -> Spec:
        """Execute a statement that was prepared."""
        if number not in self.statements:
            raise BadRequest(f"no statement {number} is prepared")
        return self.execute(self.statements[number], values_in(parameters))

    def forget(self, number: int) -> Spec:
        """Forget a prepared statement."""
        if self.statements.pop(number, None) is None:
            raise BadRequest(f"no statement {number} is prepared")
        return OK

    def script(self, text: str) -> Spec:
        """Execute many statements."""
        self.connected().executescript(text)
        return OK

    def close(self) -> Spec:
        """Close the connection, if there is one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        return OK


# --- requests and answers ---


def action_of(database: Database, request: bytes) -> Callable[[], Spec]:
    """Say what is to be done for a request. Raises ``BadRequest`` or ``UnicodeDecodeError``."""
    operation = request[0] if request else 0
    if operation == EXECUTE:
        sql = request[1:].decode()
        return lambda: database.execute(sql)
    if operation == SCRIPT:
        script = request[1:].decode()
        return lambda: database.script(script)
    if len(request) < 5 or not PREPARE <= operation <= FORGET:
        raise BadRequest("no request")
    number, rest = int.from_bytes(request[1:5]), request[5:]
    if operation == PREPARE:
        statement = rest.decode()
        return lambda: database.prepare(number, statement)
    if operation == EXECUTE_PREPARED:
        return lambda: database.execute_prepared(number, rest)
    if rest:
        raise BadRequest("nothing follows a statement's number here")
    return lambda: database.forget(number)


def values_in(data: bytes) -> tuple[Value, ...]:
    """Read parameters. Raises ``BadRequest``."""
    values: list[Value] = []
    at = 0
    try:
        while at < len(data):
            kind = data[at]
            at += 1
            if kind == 0:
                values.append(None)
            elif kind in (1, 2):
                values.extend(struct.unpack_from(">q" if kind == 1 else ">d", data, at))
                at += 8
            elif kind in (3, 4):
                (length,) = struct.unpack_from(">L", data, at)
                block = data[at + 4 : at + 4 + length]
                if len(block) != length:
                    raise BadRequest("a parameter is longer than the request")
                values.append(block.decode() if kind == 3 else block)
                at += 4 + length
            else:
                raise BadRequest(f"there is no kind of parameter {kind}")
    except (struct.error, UnicodeDecodeError) as error:
        raise BadRequest(str(error)) from error
    return tuple(values)


OK: Final[Spec] = [ERL_DRV_ATOM, driver_mk_atom("ok")]


def spec_of_rows(columns: list[str], rows: list[tuple[Value, ...]]) -> Spec:
    """Describe ``{rows, [Column], [Row]}``."""
    spec: Spec = [ERL_DRV_ATOM, driver_mk_atom("rows")]
    for column in columns:
        spec += spec_of(column)
    spec += [ERL_DRV_NIL, ERL_DRV_LIST, len(columns) + 1]
    for row in rows:
        for value in row:
            spec += spec_of(value)
        spec += [ERL_DRV_TUPLE, len(row)]
    return [*spec, ERL_DRV_NIL, ERL_DRV_LIST, len(rows) + 1, ERL_DRV_TUPLE, 3]


def spec_of(value: Value) -> Spec:
    """Describe a value. SQLite's floats include infinities, which Erlang has no floats for."""
    if value is None:
        return [ERL_DRV_ATOM, driver_mk_atom("null")]
    if isinstance(value, int):
        return [ERL_DRV_INT64, value]
    if isinstance(value, float):
        if value in (float("inf"), float("-inf")):
            return [ERL_DRV_ATOM, driver_mk_atom("infinity" if value > 0 else "-infinity")]
        return [ERL_DRV_FLOAT, value]
    if isinstance(value, str):
        text = value.encode()
        return [ERL_DRV_BUF2BINARY, text, len(text)]
    return [ERL_DRV_ATOM, driver_mk_atom("blob"), ERL_DRV_BUF2BINARY, value, len(value), ERL_DRV_TUPLE, 2]


def spec_of_error(error: Exception) -> Spec:
    """Describe ``{error, Code, Text}``."""
    code = getattr(error, "sqlite_errorname", "SQLITE_MISUSE")
    return [ERL_DRV_ATOM, driver_mk_atom("error"), ERL_DRV_ATOM, driver_mk_atom(code), *spec_of(str(error)),
            ERL_DRV_TUPLE, 3]  # fmt: skip


@final
class Job:
    """One request. It belongs to the port, then to an async thread, then to the port again."""

    __slots__ = ("answer", "database", "number", "request")

    def __init__(self, database: Database, number: int, request: bytes) -> None:
        self.database = database
        self.number = number
        self.request = request
        self.answer: Spec = OK

    def run(self) -> None:
        """Do it (``async_invoke``): no lock is held, and the database is ours."""
        if self.database.closed:
            return
        try:
            self.answer = action_of(self.database, self.request)()
        except (sqlite3.Error, sqlite3.Warning, BadRequest, ValueError, OverflowError) as error:
            self.answer = spec_of_error(error)


class SqliteDriver(Driver):
    """One port: one connection. Its attributes need its lock; what is in ``database`` belongs to the jobs."""

    driver_name = "sqlite_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command: str) -> None:
        """Open a port. The database is opened by the first request: that may take its time."""
        path = command.partition(" ")[2].encode("latin-1").decode("utf-8", "surrogateescape")
        self.database = Database(path)
        key = zlib.crc32(path.encode("utf-8", "surrogateescape")) if path else driver_async_port_key(self.port)
        self.key = Pointer(key)
        self.requested = 0

    def output(self, buf: bytes) -> None:
        """Submit a request."""
        self.requested += 1
        driver_async(self.port, self.key, Job.run, Job(self.database, self.requested, buf), None)

    def ready_async(self, thread_data: Job) -> None:
        """Send the answer to the owner."""
        port = driver_mk_port(self.port)
        head = [ERL_DRV_ATOM, driver_mk_atom("sqlite"), ERL_DRV_PORT, port, ERL_DRV_UINT, thread_data.number]
        erl_drv_output_term(port, [*head, *thread_data.answer, ERL_DRV_TUPLE, 4])

    def stop(self) -> None:
        """The port ends: a query under way stops, and the last job closes the connection."""
        self.database.closed = True
        driver_async(self.port, self.key, Database.close, self.database, None)


@hookimpl
def driver_init() -> DriverEntry:
    """Announce the driver."""
    return SqliteDriver.entry()
