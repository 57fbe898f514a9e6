"""What exercise 2 has to obey."""

from types import ModuleType

from erts_emu.testing import Workbench


def answers_are_right(exercise: ModuleType) -> None:
    """Each text is answered with the number of its words."""
    with Workbench(checks=False) as bench:
        port = bench.open_port(exercise.Words)
        for text, answer in ((b"to be or not to be", b"6"), (b"", b"0"), (b" one\ntwo ", b"2")):
            port.command(text)
            bench.me.sleep(1.0)
            received = [message[1][1] for message in bench.me.flush() if message[0] == port.id]
            assert received == [answer], f"{text!r} was answered with {received}, and not with {[answer]}"


def output_returns_at_once(exercise: ModuleType) -> None:
    """The scheduler does not wait while words are counted."""
    with Workbench(checks=False) as bench:
        port = bench.open_port(exercise.Words)
        before = bench.clock.now
        port.command(b"to be")
        taken = (bench.clock.now - before) * 1000
        assert taken == 0, f"port_command has taken {taken:.0f} ms: split_slowly runs in output"
        port.receive()
        taken = (bench.clock.now - before) * 1000
        assert taken >= 50, "the answer came before the work was done: is it split_slowly that counts?"


def texts_are_counted_side_by_side(exercise: ModuleType) -> None:
    """Four texts on four async threads take no longer than one, and are not mixed up."""
    with Workbench(async_threads=4) as bench:
        port = bench.open_port(exercise.Words)
        before = bench.clock.now
        for number in range(1, 5):
            port.command(b"word " * number)
        answers = sorted(port.receive() for _ in range(4))
        assert answers == [b"1", b"2", b"3", b"4"], f"texts of 1, 2, 3 and 4 words were answered with {answers}"
        taken = (bench.clock.now - before) * 1000
        assert taken < 100, f"they have taken {taken:.0f} ms together: the slow part does not run in the jobs"
