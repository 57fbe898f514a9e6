"""Shells without a terminal, on simulated threads."""

import pytest

from erts_emu.shell.repl.console import Console
from erts_emu.shell.repl.playing import execute_text
from erts_emu.shell.repl.shell import Shell


class Stream:
    """What has been written so far, in ``data``."""

    def __init__(self):
        self.data = b""

    def write(self, data):
        self.data += data

    def flush(self):
        pass


class Talk:
    """A conversation with a shell: ``talk("1+2.")`` gives what it prints."""

    def __init__(self, **options):
        self.stream = Stream()
        self.shell = Shell({"threads": "simulated", **options}, Console(self.stream, unicode=True))

    def __call__(self, *commands):
        return "".join(execute_text(self.shell, command) for command in commands)

    def close(self):
        self.shell.world.session.stop(flush=False)


@pytest.fixture
def talking():
    talks = []

    def talking(**options):
        talks.append(Talk(**options))
        return talks[-1]

    yield talking
    for talk in talks:
        talk.close()


@pytest.fixture
def talk(talking):
    return talking()


@pytest.fixture
def with_digest(talking, tmp_path):
    """A shell on two async threads, with an open port of ``digest_drv`` in ``P`` and a job under way in it."""
    (tmp_path / "file").write_bytes(b"abc")
    talk = talking(async_threads=2)
    talk('erl_ddll:load_driver(bundled(), "digest_drv").', 'P = open_port({spawn_driver, "digest_drv"}, [binary]).')
    talk(f'port_command(P, "{tmp_path / "file"}").')
    return talk
