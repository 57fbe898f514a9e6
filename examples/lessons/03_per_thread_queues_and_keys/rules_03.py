"""What exercise 3 has to obey."""

from types import ModuleType

from erts_emu.testing import Workbench


def bookings_of_an_account_keep_their_order(exercise: ModuleType) -> None:
    """Bookings of one account are done in the order of their commands."""
    with Workbench(async_threads=4) as bench:
        port = bench.open_port(exercise.Bank)
        commands = [(account, number) for number in range(5) for account in (0, 1, 2, 3, 40)]
        for account, number in commands:
            milliseconds = 1 if number else 20 + account
            port.command(b"%d %d booking %d of account %d" % (account, milliseconds, number, account))
        done = [port.receive().decode() for _ in commands]
        for account in (0, 1, 2, 3, 40):
            order = [text for text in done if text.endswith(f" {account}")]
            assert order == sorted(order), f"the order of one account's bookings was {order}"


def accounts_do_not_wait_for_each_other(exercise: ModuleType) -> None:
    """Bookings of accounts 0, 1, 2 and 3 are done side by side."""
    with Workbench(async_threads=4) as bench:
        port = bench.open_port(exercise.Bank)
        before = bench.clock.now
        for _ in range(5):
            for account in range(4):
                port.command(b"%d 10 booking" % account)
        for _ in range(20):
            port.receive()
        taken = (bench.clock.now - before) * 1000
        assert taken < 75, f"five bookings of 10 ms on each of four accounts have taken {taken:.0f} ms, and not 50"
