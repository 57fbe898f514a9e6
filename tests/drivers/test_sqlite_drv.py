"""``sqlite_drv`` with real databases, in files and in memory."""

import sqlite3
import struct
import sys
from contextlib import closing

import pytest

from erts_emu import ANY, Atom, bundled_drivers

A = Atom
EXECUTE, PREPARE, EXECUTE_PREPARED, FORGET, SCRIPT = range(1, 6)
SQLITE = A("sqlite")
OK = A("ok")
NULL = A("null")
PATIENCE = 20.0
FOR_EVER = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture(params=["real", "in_order", 1], ids=lambda threads: f"{threads}")
def threads(request):
    """How threads run: fewer schedules than usual, as each test costs real time."""
    return request.param


def parameter(value):
    """A value as the protocol has it."""
    if value is None:
        return b"\0"
    if isinstance(value, int):
        return b"\1" + value.to_bytes(8, signed=True)
    if isinstance(value, float):
        return b"\2" + struct.pack(">d", value)
    kind, data = (b"\3", value.encode()) if isinstance(value, str) else (b"\4", value)
    return kind + len(data).to_bytes(4) + data


class Client:
    """Asks a port, and checks that answers are numbered in order."""

    def __init__(self, me, port, timeout):
        self.me, self.port, self.timeout = me, port, timeout
        self.count = 0

    def send(self, *request):
        self.me.port_command(self.port, list(request))

    def answer(self):
        _, _, number, result = self.me.receive((SQLITE, self.port, ANY, ANY), timeout=self.timeout)
        self.count += 1
        assert number == self.count
        return result

    def ask(self, *request):
        self.send(*request)
        return self.answer()

    def sql(self, text):
        return self.ask(EXECUTE, text.encode())

    def rows(self, text):
        kind, columns, rows = self.sql(text)
        assert kind is A("rows")
        assert all(len(row) == len(columns) for row in rows)
        return rows

    def prepare(self, number, text):
        return self.ask(PREPARE, number.to_bytes(4), text.encode())

    def run(self, number, *values):
        return self.ask(EXECUTE_PREPARED, number.to_bytes(4), [parameter(value) for value in values])


@pytest.fixture
def connect(me, open_port, threads):
    """A client of a database: of its own, or the one at a path."""
    return lambda path="": Client(me, open_port(str(path)), PATIENCE if threads == "real" else None)


def error_of(result):
    assert result[0] is A("error")
    return result[1].name, result[2].decode()


def test_rows_have_columns_and_values_of_each_kind(connect):
    client = connect()
    result = client.sql(
        "SELECT 1 AS a, -2.5 AS b, 'text ä' AS c, x'00ff' AS d, NULL AS e, 9223372036854775807 AS f, 9e999 AS g"
    )
    row = (1, -2.5, "text ä".encode(), (A("blob"), b"\x00\xff"), NULL, 2**63 - 1, A("infinity"))
    assert result == (A("rows"), [b"a", b"b", b"c", b"d", b"e", b"f", b"g"], [row])
    assert client.sql("SELECT 1 WHERE 0") == (A("rows"), [b"1"], [])


def test_statements_tell_how_much_they_changed(connect):
    client = connect()
    client.sql("CREATE TABLE t (a INTEGER PRIMARY KEY, b)")
    assert client.sql("INSERT INTO t (b) VALUES ('x'), ('y')") == (A("done"), 2, 2)
    assert client.sql("UPDATE t SET b = 'z'")[:2] == (A("done"), 2)
    assert client.rows("SELECT * FROM t") == [(1, b"z"), (2, b"z")]


def test_prepared_statements_with_parameters_of_each_kind(connect):
    client = connect()
    assert client.prepare(7, "SELECT ?, ?, ?, ?, ?") == OK
    values = (5, 1.5, "täxt", b"\0\1", None)
    result = client.run(7, *values)
    assert result[2] == [(5, 1.5, "täxt".encode(), (A("blob"), b"\0\1"), NULL)]
    assert client.ask(FORGET, (7).to_bytes(4)) == OK
    assert error_of(client.run(7, *values))[0] == "SQLITE_MISUSE"
    client.prepare(7, "SELECT 1")
    assert client.run(7)[2] == [(1,)]


def test_a_prepared_statement_is_checked_when_it_is_prepared(connect):
    client = connect()
    assert error_of(client.prepare(1, "SELEC 1"))[0] == "SQLITE_ERROR"
    assert error_of(client.prepare(1, "SELECT 1; SELECT 2"))[0] == "SQLITE_MISUSE"
    assert error_of(client.prepare(1, "SELECT * FROM nothing WHERE a = ?"))[0] == "SQLITE_ERROR"
    assert "1 is prepared" in error_of(client.run(1))[1]


def test_scripts_and_transactions(connect):
    client = connect()
    assert client.ask(SCRIPT, b"CREATE TABLE t (a); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)") == OK
    for statement in ("BEGIN", "DELETE FROM t", "ROLLBACK"):
        assert client.sql(statement)[0] is A("done")
    assert client.rows("SELECT count(*) FROM t") == [(2,)]


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("nonsense", "SQLITE_ERROR"),
        ("INSERT INTO t VALUES (1)", "SQLITE_CONSTRAINT_UNIQUE"),
        ("INSERT INTO t VALUES (NULL)", "SQLITE_CONSTRAINT_NOTNULL"),
        ("SELECT 1; SELECT 2", "SQLITE_MISUSE"),
        ("SELECT ?", "SQLITE_MISUSE"),
        ("SELECT abs(-9223372036854775808)", "SQLITE_ERROR"),
    ],
)
def test_errors_are_terms_and_the_port_goes_on(sql, code, connect):
    client = connect()
    client.ask(SCRIPT, b"CREATE TABLE t (a UNIQUE NOT NULL); INSERT INTO t VALUES (1)")
    assert error_of(client.sql(sql))[0] == code
    assert client.rows("SELECT a FROM t") == [(1,)]


NONSENSE = [
    b"", b"\x00", b"\x06", bytes([PREPARE]), bytes([PREPARE, 0, 0, 0]), bytes([FORGET, 0, 0, 0, 9]),
    bytes([FORGET, 0, 0, 0, 1, 1]), bytes([EXECUTE, 0xFF]), bytes([SCRIPT, 0xFF]), bytes([EXECUTE]) + b"SELECT '\0'",
    *(bytes([EXECUTE_PREPARED, 0, 0, 0, 1]) + data for data in (b"\5", b"\1\0", b"\2", b"\3\0", b"\3\0\0\0\2a",
                                                               b"\4\xff\xff\xff\xff", b"\3\0\0\0\1\xff")),
]  # fmt: skip


def test_requests_without_sense_are_answered_in_turn(connect):
    client = connect()
    client.prepare(1, "SELECT ?")
    for request in NONSENSE:
        client.send(request)
    answers = [error_of(client.answer())[0] for _ in NONSENSE]
    assert set(answers) <= {"SQLITE_MISUSE", "SQLITE_ERROR"}
    assert client.run(1, "still here")[2] == [(b"still here",)]


def test_a_file_is_a_database_that_others_read(connect, tmp_path):
    path = tmp_path / "with a space.db"
    client = connect(path)
    client.sql("CREATE TABLE t (a)")
    client.prepare(1, "INSERT INTO t VALUES (?)")
    for number in range(20):
        client.send(EXECUTE_PREPARED, (1).to_bytes(4), parameter(number))
    assert all(client.answer()[0] is A("done") for _ in range(20))
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("SELECT sum(a) FROM t").fetchone() == (190,)


def test_ports_of_one_database_take_turns_and_never_find_it_locked(connect, emu, tmp_path):
    clients = [connect(tmp_path / "shared.db") for _ in range(3)]
    clients[0].sql("CREATE TABLE t (a)")
    for client in clients:
        for number in range(10):
            client.send(EXECUTE, b"INSERT INTO t VALUES (%d)" % number)
    for client in clients:
        assert all(client.answer()[0] is A("done") for _ in range(10))
    assert clients[1].rows("SELECT count(*), sum(a) FROM t") == [(30, 135)]
    keys = {emu.ports.lookup(client.port).drv_data.key.value for client in clients}
    assert len(keys) == 1


def test_private_databases_know_nothing_of_each_other(connect):
    first, second = connect(), connect()
    first.sql("CREATE TABLE t (a)")
    assert error_of(second.sql("SELECT * FROM t"))[0] == "SQLITE_ERROR"


def test_a_database_that_somebody_else_has_locked(connect, tmp_path):
    path = tmp_path / "locked.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        plain.execute("CREATE TABLE t (a)")
        plain.execute("BEGIN EXCLUSIVE")
        client = connect(path)
        assert error_of(client.sql("SELECT * FROM t"))[0] == "SQLITE_BUSY"
        plain.execute("COMMIT")
        assert client.rows("SELECT * FROM t") == []


def test_what_cannot_be_opened_is_tried_again(connect, tmp_path):
    client = connect(tmp_path / "folder" / "a.db")
    assert error_of(client.sql("SELECT 1"))[0] == "SQLITE_CANTOPEN"
    (tmp_path / "folder").mkdir()
    assert client.rows("SELECT 1") == [(1,)]
    (tmp_path / "noise.db").write_bytes(b"this is no database" * 100)
    assert error_of(connect(tmp_path / "noise.db").sql("SELECT * FROM sqlite_master"))[0] == "SQLITE_NOTADB"


def test_a_port_closed_during_a_query_interrupts_it(me, connect, threads):
    """In simulation the query would never end if it were begun: it is closed before."""
    client = connect()
    client.sql("SELECT 1")
    client.send(EXECUTE, FOR_EVER.encode()) if threads == "real" else None
    client.send(EXECUTE, b"SELECT 2")
    me.port_close(client.port)
    me.erl_ddll.unload_driver("sqlite_drv")  # waits for the jobs
    assert me.process.messages
    assert all(message[0] is not SQLITE or message[3][0] is A("rows") for message in me.flush())
    me.erl_ddll.load_driver(bundled_drivers(), "sqlite_drv")


def test_a_query_begun_after_the_close_does_not_run(connect, emu):
    client = connect()
    driver = emu.ports.lookup(client.port).drv_data
    module = sys.modules[type(driver).__module__]
    database = module.Database("")
    job = module.Job(database, 1, bytes([EXECUTE]) + b"SELECT 1")
    database.closed = True
    job.run()
    assert database.connection is None
    database.connected().execute("SELECT 1")
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        database.connected().execute(FOR_EVER)
    database.close()
