"""Tests of the driver upper_drv. The fixtures come with erts_emu; its checks run at the end of each test."""

from collections.abc import Callable

import pytest
from upper_drv import COUNT, UpperDrv

from erts_emu.errors import Badarg
from erts_emu.testing import PortUnderTest

pytestmark = pytest.mark.erts(driver=UpperDrv, async_threads=2)


def test_text_comes_back_in_upper_case(port: PortUnderTest) -> None:
    port.command(b"hello")
    assert port.receive() == b"HELLO"


def test_answers_come_in_the_order_of_the_commands(port: PortUnderTest) -> None:
    for text in (b"one", b"two", b"three"):
        port.command(text)
    assert [port.receive() for _ in range(3)] == [b"ONE", b"TWO", b"THREE"]


def test_commands_are_counted(port: PortUnderTest) -> None:
    port.command(b"x")
    assert port.control(COUNT) == [0, 0, 0, 1]


def test_an_unknown_operation_is_badarg(port: PortUnderTest) -> None:
    with pytest.raises(Badarg):
        port.control(99)


@pytest.mark.interleavings(schedules=200)
def test_a_port_may_be_closed_at_any_time(open_port: Callable[..., PortUnderTest]) -> None:
    one, other = open_port(UpperDrv), open_port(UpperDrv)
    one.command(b"one")
    other.command(b"other")
    other.close()
    assert one.receive() == b"ONE"


def test_it_also_works_on_real_threads(real_emu: object, open_port: Callable[..., PortUnderTest]) -> None:
    port = open_port(UpperDrv)
    port.command(b"hello")
    assert port.receive() == b"HELLO"
