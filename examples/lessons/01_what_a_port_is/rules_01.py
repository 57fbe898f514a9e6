"""What exercise 1 has to obey."""

import contextlib
import io
from types import ModuleType

from erts_emu.testing import Workbench


def commands_are_answered(exercise: ModuleType) -> None:
    """Each command is answered with its length."""
    with contextlib.redirect_stdout(io.StringIO()), Workbench() as bench:
        port = bench.open_port(exercise.Length)
        for data, answer in ((b"hello", b"5"), (b"", b"0"), ([b"two ", [b"parts"]], b"9"), (b"x" * 1000, b"1000")):
            port.command(data)
            received = [message[1][1] for message in bench.me.flush() if message[0] == port.id]
            assert received == [answer], f"{data!r:.20} was answered with {received}, and not with {[answer]}"


def the_sum_is_printed(exercise: ModuleType) -> None:
    """At the end each port prints how many bytes it has got."""
    with Workbench() as bench, contextlib.redirect_stdout(io.StringIO()) as printed:
        one, other = bench.open_port(exercise.Length), bench.open_port(exercise.Length)
        for port, data in ((one, b"hello"), (other, b"12"), (one, b"world!")):
            port.command(data)
        one.close()
        assert "11" in printed.getvalue(), f"it got 11 bytes, and printed {printed.getvalue()!r}"
        printed.truncate(0)
        other.close()
        assert "2" in printed.getvalue(), f"another port got 2 bytes, and printed {printed.getvalue()!r}"
