"""``digest_drv``: what it answers, on which threads, and what becomes of jobs whose port is gone."""

import hashlib
import os

import pytest
from helpers import every_schedule, traced

from erts_emu import ANY, Atom, Emulator, bundled_drivers
from erts_emu.errors import Badarg

ALGORITHM, SPREAD, COUNTS = 1, 2, 3
CHUNK = 1024 * 1024


def ok(request, content, algorithm="sha256"):
    """The answer for a file with *content*."""
    digest = hashlib.new(algorithm, content).digest()
    return request.to_bytes(4) + b"\0" + len(content).to_bytes(8) + digest


def failed(request, error):
    """The answer for a file that cannot be read."""
    return request.to_bytes(4) + b"\1" + error


@pytest.fixture
def file(tmp_path):
    """Make a file, and return its path as bytes."""

    def file(name, content=b"content"):
        path = os.path.join(os.fsencode(tmp_path), os.fsencode(name))
        with open(path, "wb") as opened:
            opened.write(content)
        return path

    return file


@pytest.mark.parametrize(
    "content",
    [b"", b"a", b"\0" * 4096, os.urandom(CHUNK), os.urandom(CHUNK - 1), os.urandom(2 * CHUNK + 1)],
    ids=["empty", "byte", "page", "chunk", "chunk - 1", "three chunks"],
)
def test_the_digest_of_a_file(me, open_port, data, file, content):
    port = open_port()
    me.port_command(port, file("a", content))
    assert data(port) == ok(1, content)


@pytest.mark.parametrize("name", ["with space", "ümläut", "line\nbreak", "back\\slash", b"\xff\xfe", "-", "x" * 255])
def test_any_name_will_do(me, open_port, data, file, name):
    port = open_port()
    me.port_command(port, file(name))
    assert data(port) == ok(1, b"content")


def test_a_path_may_be_any_iodata(me, open_port, data, file):
    path = file("a")
    port = open_port()
    me.port_command(port, [path[:3], list(path[3:])])
    assert data(port) == ok(1, b"content")


def test_requests_count_from_1_on_each_port(me, open_port, data, file):
    first, second = open_port(), open_port()
    for name in "abc":
        me.port_command(first, file(name, name.encode()))
    me.port_command(second, file("d", b"d"))
    assert [data(first) for _ in range(3)] == [ok(1, b"a"), ok(2, b"b"), ok(3, b"c")]
    assert data(second) == ok(1, b"d")


def test_a_file_whose_size_the_kernel_does_not_tell(me, open_port, data):
    with open("/proc/version", "rb") as version:
        content = version.read()
    assert os.stat("/proc/version").st_size == 0
    port = open_port()
    me.port_command(port, b"/proc/version")
    assert data(port) == ok(1, content)


# --- algorithms ---


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha512", "sha3_256", "blake2b"])
def test_other_algorithms(me, open_port, data, file, algorithm):
    port = open_port()
    assert me.port_control(port, ALGORITHM, algorithm) == algorithm.encode()
    assert me.port_control(port, ALGORITHM, b"") == algorithm.encode()
    me.port_command(port, file("a"))
    assert data(port) == ok(1, b"content", algorithm)


def test_the_algorithm_is_that_of_the_moment_of_the_request(me, open_port, data, file):
    port, path = open_port(), file("a")
    for algorithm in ("sha1", "md5"):
        me.port_control(port, ALGORITHM, algorithm)
        me.port_command(port, path)
    assert [data(port), data(port)] == [ok(1, b"content", "sha1"), ok(2, b"content", "md5")]


@pytest.mark.parametrize("algorithm", ["", "SHA-0", "new", "sha256 ", "shake_128", "ü"])
def test_what_is_no_algorithm_changes_nothing(me, open_port, algorithm):
    port = open_port()
    if algorithm:
        with pytest.raises(Badarg):
            me.port_control(port, ALGORITHM, algorithm.encode())
    assert me.port_control(port, ALGORITHM, b"") == b"sha256"


def test_unknown_operations_are_badarg(me, open_port):
    port = open_port()
    for operation in (0, 4, 99):
        with pytest.raises(Badarg):
            me.port_control(port, operation, b"")
    with pytest.raises(Badarg):
        me.port_control(port, SPREAD, b"everywhere")


# --- failures ---


def test_files_that_cannot_be_read(me, open_port, data, file, tmp_path):
    folder = os.fsencode(tmp_path)
    os.mkfifo(folder + b"/pipe")
    os.symlink(b"loop", folder + b"/loop")
    expected = {
        folder + b"/missing": b"enoent",
        file("plain") + b"/below": b"enotdir",
        folder: b"eisdir",
        folder + b"/pipe": b"einval",
        folder + b"/loop": b"eloop",
        b"/dev/zero": b"einval",
        b"zero\0byte": b"einval",
        b"": b"enoent",
        folder + b"/" + b"x" * 256: b"enametoolong",
    }
    port = open_port()
    for path in expected:
        me.port_command(port, path)
    me.port_command(port, file("good"))
    answers = [failed(number, error) for number, error in enumerate(expected.values(), 1)]
    assert [data(port) for _ in range(len(expected) + 1)] == [*answers, ok(len(expected) + 1, b"content")]


def test_a_file_that_may_not_be_read(me, open_port, data, file):
    path = file("secret")
    os.chmod(path, 0)
    port = open_port()
    me.port_command(port, path)
    expected = ok(1, b"content") if os.access(path, os.R_OK) else failed(1, b"eacces")  # root may read everything
    assert data(port) == expected


def test_a_read_that_fails(me, open_port, data):
    port = open_port()
    me.port_command(port, b"/proc/self/mem")  # its first page is never mapped
    me.port_command(port, b"/proc/self/mem")
    assert [data(port), data(port)] == [failed(1, b"eio"), failed(2, b"eio")]


# --- threads ---


def jobs_by_thread(emu):
    return [thread.jobs for thread in emu.statistics().async_pool.threads]


def test_the_requests_of_a_port_have_one_thread_and_are_answered_in_order(emu, me, open_port, data, file):
    sizes = [CHUNK + 1, 1, 50_000, 0, 7, CHUNK, 2]
    contents = [os.urandom(size) for size in sizes]
    port = open_port()
    for number, content in enumerate(contents):
        me.port_command(port, file(f"{number}", content))
    assert [data(port) for _ in sizes] == [ok(number, content) for number, content in enumerate(contents, 1)]
    assert sorted(jobs_by_thread(emu)) == [0, 0, 0, len(sizes)]


def test_ports_spread_over_the_threads(emu, me, open_port, data, file):
    path = file("a")
    ports = [open_port() for _ in range(4)]
    for port in ports:
        me.port_command(port, path)
    for port in ports:
        assert data(port) == ok(1, b"content")
    assert jobs_by_thread(emu) == [1, 1, 1, 1]


def test_requests_can_take_turns_on_all_threads(emu, me, open_port, data, file):
    contents = [f"{number}".encode() for number in range(40)]
    port = open_port()
    assert me.port_control(port, SPREAD, b"round_robin") == b"round_robin"
    for number, content in enumerate(contents):
        me.port_command(port, file(f"{number}", content))
    answers = sorted(data(port) for _ in contents)
    assert answers == [ok(number, content) for number, content in enumerate(contents, 1)]
    assert jobs_by_thread(emu) == [10, 10, 10, 10]


def test_many_ports_at_once(me, open_port, data, file):
    contents = {f"{number}": os.urandom(number * 100) for number in range(25)}
    ports = [open_port() for _ in range(12)]
    for name, content in contents.items():
        path = file(name, content)
        for port in ports:
            me.port_command(port, path)
    for port in ports:
        expected = [ok(number, content) for number, content in enumerate(contents.values(), 1)]
        assert [data(port) for _ in contents] == expected
        assert me.port_control(port, COUNTS, b"") == (25).to_bytes(4) * 2


# --- ports that go while jobs fly ---


def test_closing_a_port_frees_its_jobs_and_disturbs_no_other(emu, me, open_port, data, file, until):
    ended = traced(emu, "driver_async_free", "driver_ready_async")
    content = os.urandom(CHUNK)
    path = file("a", content)
    closing, staying = open_port(), open_port()
    for _ in range(10):
        me.port_command(closing, path)
        me.port_command(staying, path)
    me.port_close(closing)
    assert me.receive((Atom("EXIT"), closing, ANY))[2] is Atom("normal")
    assert [data(staying) for _ in range(10)] == [ok(number, content) for number in range(1, 11)]
    until(lambda: len(ended) == 20)
    answered = 20 - len(ended.of("driver_async_free")) - 10
    assert [data(closing) for _ in range(answered)] == [ok(number, content) for number in range(1, answered + 1)]
    assert len({id(fields["data"]) for _, fields in ended}) == 20


def test_jobs_of_a_closed_port_leave_their_files_alone(emu, me, open_port, file, until):
    path = file("a", b"content")
    late, freed = {}, {}

    def listen(name, fields):
        if name == "driver_async_invoke":
            job = fields["job"].async_data
            late[job.request] = job.owner.closed
        else:
            freed[fields["data"].request] = fields["data"].answer

    emu.trace.subscribe(listen, "driver_async_invoke", "driver_async_free")
    port = open_port()
    for _ in range(50):
        me.port_command(port, path)
    me.port_close(port)
    until(lambda: len(late) == 50 and set(freed) >= {request for request, closed in late.items() if closed})
    assert {freed[request] for request, closed in late.items() if closed} <= {b""}


def test_the_death_of_the_owner_closes_its_port(emu, me, open_port, data, file, until):
    path = file("a")
    other = open_port()

    async def owner(process):
        port = await process.open_port(("spawn_driver", "digest_drv"), ["binary"])
        for _ in range(5):
            await process.port_command(port, path)

    me.spawn(owner)
    until(lambda: emu.statistics().async_pool.jobs_submitted == 5 and me.ports() == [other])
    me.port_command(other, path)
    assert data(other) == ok(1, b"content")


def test_unloading_waits_for_jobs(emu, me, driver, open_port, file):
    log = traced(emu, "driver_async_free", "driver_ready_async", "driver_finish")
    path = file("a", os.urandom(CHUNK))
    ports = [open_port() for _ in range(3)]
    for port in ports * 4:
        me.port_command(port, path)
    me.erl_ddll.unload_driver(driver)
    names = [name for name, _ in log]
    assert names[-1] == "driver_finish"
    assert len(names) == 13
    me.erl_ddll.load_driver(bundled_drivers(), driver)  # for the fixture to unload


def test_two_emulators_have_nothing_in_common(emu, me, open_port, data, file):
    port = open_port()
    with Emulator(threads="real") as other, other.attach(trap_exit=True) as stranger:
        stranger.erl_ddll.load_driver(bundled_drivers(), "digest_drv")
        its = stranger.open_port(("spawn_driver", "digest_drv"), ["binary"])
        stranger.port_control(its, ALGORITHM, "md5")
        stranger.port_command(its, file("a"))
        assert stranger.receive(timeout=20)[1][1] == ok(1, b"content", "md5")
        stranger.erl_ddll.unload_driver("digest_drv")
    me.port_command(port, file("a"))
    assert data(port) == ok(1, b"content")


def test_every_job_ends_under_many_schedules(tmp_path):
    """Answered or freed, exactly once, whenever the port is closed."""
    path = os.fsencode(tmp_path / "a")
    (tmp_path / "a").write_bytes(b"content")

    def scenario(emu):
        ended = traced(emu, "driver_async_free", "driver_ready_async")
        with emu.attach(trap_exit=True) as me:
            me.erl_ddll.load_driver(bundled_drivers(), "digest_drv")
            ports = [me.open_port(("spawn_driver", "digest_drv"), ["binary"]) for _ in range(3)]
            for port in ports * 3:
                me.port_command(port, path)
            me.port_close(ports[1])
            for _ in range(6):
                message = me.receive(lambda m: m[0] in (ports[0], ports[2]))
                assert message[1][1][4:] == ok(0, b"content")[4:]
            me.erl_ddll.unload_driver("digest_drv")
        jobs = [fields["data"].owner.port for _, fields in ended]
        assert len(jobs) == 9
        assert len({id(fields["data"]) for _, fields in ended}) == 9

    every_schedule(scenario, 60, async_threads=2)
