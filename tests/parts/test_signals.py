"""Aliases, suspension, and questions to processes, as Python code uses them; scripts compare them with ``erl``."""

import pytest

from erts_emu import Atom
from erts_emu.errors import Badarg, ReceiveTimeout


async def echoing(process, log):
    while True:
        log.append(await process.receive())


def nothing_comes(me):
    with pytest.raises(ReceiveTimeout):
        me.receive(timeout=0.01)


def test_an_alias_takes_messages_until_it_is_none(me):
    alias = me.alias()
    me.send(alias, 1)
    assert me.receive(timeout=1) == 1
    assert me.unalias(alias)
    assert not me.unalias(alias)
    me.send(alias, 2)
    nothing_comes(me)


def test_an_alias_for_a_reply_takes_one_message(me):
    alias = me.alias(reply=True)
    me.send(alias, 1)
    me.send(alias, 2)
    assert me.receive(timeout=1) == 1
    nothing_comes(me)
    assert not me.unalias(alias)


def test_a_monitor_that_is_an_alias_ends_with_the_reply(me):
    async def answer(process):
        await process.send(await process.receive(), Atom("answer"))

    pid = me.spawn(answer)
    reference = me.monitor(pid, alias="reply_demonitor")
    me.send(pid, reference)
    assert me.receive(timeout=1) == Atom("answer")
    assert not me.demonitor(reference, info=True)
    nothing_comes(me)


def test_the_aliases_of_a_dead_process_are_forgotten(me):
    async def body(process):
        await process.alias()

    me.wait_for(me.emu.processes.get(me.spawn(body)))
    assert me.emu.aliases == {}


def test_a_suspended_process_stands_still_until_it_is_resumed_as_often(me):
    log = []
    pid = me.spawn(echoing, log)
    assert me.suspend_process(pid)
    assert me.suspend_process(pid)
    assert not me.suspend_process(pid, unless_suspending=True)
    me.send(pid, 1)
    me.sleep(0.01)
    assert me.resume_process(pid)
    me.sleep(0.01)
    assert log == []
    assert me.resume_process(pid)
    me.sleep(0.01)
    assert log == [1]
    with pytest.raises(Badarg):
        me.resume_process(pid)


def test_nobody_suspends_itself_or_the_dead(me):
    async def body(process):
        pass

    process = me.emu.processes.get(me.spawn(body))
    me.wait_for(process)
    for pid in (me.pid, process.pid):
        with pytest.raises(Badarg):
            me.suspend_process(pid)


def test_a_process_goes_on_when_its_suspender_dies(me):
    log = []
    pid = me.spawn(echoing, log)

    async def suspend(process):
        await process.suspend_process(pid)

    me.wait_for(me.emu.processes.get(me.spawn(suspend)))
    me.send(pid, 1)
    me.sleep(0.01)
    assert log == [1]


def test_whoever_asks_sees_what_its_own_signals_have_done(me):
    for reason in ("kill", "boom"):
        pid = me.spawn(echoing, [])
        assert me.is_process_alive(pid)
        me.exit_signal(pid, reason)
        assert not me.is_process_alive(pid)


def test_the_thread_of_an_attached_process_stands_still_too(emu, me):
    async def suspend_for_a_while(process, victim):
        await process.suspend_process(victim)
        await process.sleep(0.5)
        await process.resume_process(victim)

    before = emu.layer.monotonic()
    me.spawn(suspend_for_a_while, me.pid)
    me.sleep(0.1)
    me.sleep(0.1)
    assert emu.layer.monotonic() - before >= 500_000_000
