"""A short run of each fuzz target; ``python -m tests.fuzz --count 1000000`` makes long ones."""

from __future__ import annotations

import shutil

import pytest

from erts_emu.driver.vectors import command_vector
from erts_emu.errors import Badarg
from erts_emu.terms import ImproperList

from . import iodata
from .oracle import differences
from .targets import TARGETS, run

COUNTS = {"plugin files": 60}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_only_typed_errors_come_and_nothing_is_left(target):
    run(target, 1, COUNTS.get(target.name, 400))


@pytest.mark.erl
@pytest.mark.skipif(shutil.which("erl") is None, reason="erl is not installed")
def test_erl_accepts_the_same_bytes_as_the_same_terms():
    found, terms = differences(seed=1, count=3000)
    assert found == []
    assert 500 < terms < 2500


@pytest.mark.erl
@pytest.mark.skipif(not iodata.AVAILABLE, reason="erl, erl_driver.h or gcc is not installed")
def test_erl_gives_drivers_the_same_data_in_the_same_vectors(tmp_path):
    assert iodata.differences(1, 1500, tmp_path) == []


@pytest.mark.parametrize("data", [5, ImproperList((b"a",), 5), [ImproperList(([],), 5)]], ids=repr)
def test_a_byte_is_no_data_outside_a_list(data, emu, me):
    ports = []
    for driver in (iodata.Flat, iodata.Vector):
        me.erl_ddll.load(driver, driver.driver_name)
        ports.append(me.open_port(("spawn_driver", driver.driver_name)))
    for port in ports:
        with pytest.raises(Badarg):
            me.port_command(port, data)
    with pytest.raises(Badarg):
        me.port_control(ports[0], 0, data)


def test_an_empty_part_makes_no_element_but_counts_when_a_vector_gets_long():
    large = b"x" * 65
    assert [len(block) for block in command_vector([large, b""] * 7).iov] == [0, *[65] * 7]
    assert [len(block) for block in command_vector([large, b""] * 8).iov] == [0, 8 * 65]
