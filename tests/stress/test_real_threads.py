"""Many processes on several schedulers and OS threads at once, with a switch interval that provokes races.

Answers are compared as sets: a command that finds its port taken becomes a task, the port may be stolen by another
scheduler, and jobs submitted on two schedulers complete on both, in no common order (in OTP too).
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from erts_emu import ANY, Emulator
from erts_emu.coroutine_process import CoroutineProcess
from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    Driver,
    Pointer,
    driver_async,
    driver_async_port_key,
    driver_output,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def switching_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


class DriverLocked(Driver):
    """Answers a command with its reverse, after a job keyed by the port."""

    driver_name = "driver_locked_drv"

    def output(self, buf: bytes) -> None:
        key = Pointer(driver_async_port_key(self.port))
        driver_async(self.port, key, reverse, [buf], ignore)

    def ready_async(self, job: list[bytes]) -> None:
        driver_output(self.port, job[0])

    def control(self, command: int, buf: bytes) -> bytes:
        return buf


class PortLocked(DriverLocked):
    driver_name = "port_locked_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING


def reverse(job: list[bytes]) -> None:
    job[0] = job[0][::-1]


def ignore(job: list[bytes]) -> None:
    pass


DRIVERS = ("driver_locked_drv", "port_locked_drv")
ROUNDS = 150


def use_from_a_thread(emu: Emulator, number: int, errors: list[str]) -> None:
    """Open, command, control, receive some of the answers or none, close."""
    chance = random.Random(number)
    try:
        with emu.attach(scheduler=number % 3 + 1) as me:
            for _ in range(ROUNDS):
                port = me.open_port(("spawn_driver", chance.choice(DRIVERS)), ["binary"])
                commands = [b"%d-%d" % (number, index) for index in range(chance.randrange(1, 8))]
                for command in commands:
                    me.port_command(port, command)
                assert me.port_control(port, 1, b"abc") == [97, 98, 99]
                if chance.random() < 0.7:
                    answers = [me.receive((port, ANY), timeout=30)[1][1] for _ in commands]
                    assert sorted(answers) == sorted(command[::-1] for command in commands)
                me.port_close(port)
                me.flush()
    except Exception:
        errors.append(traceback.format_exc())


async def use_from_a_process(process: CoroutineProcess, number: int) -> str:
    """Do the same in a coroutine that moves between schedulers."""
    chance = random.Random(1000 + number)
    for _ in range(ROUNDS):
        port = await process.open_port(("spawn_driver", chance.choice(DRIVERS)), ["binary"])
        commands = [b"%d-%d" % (number, index) for index in range(chance.randrange(1, 8))]
        for command in commands:
            await process.port_command(port, command)
        answers = [(await process.receive((port, ANY), timeout=30))[1][1] for _ in commands]
        assert sorted(answers) == sorted(command[::-1] for command in commands)
        await process.port_close(port)
        if chance.random() < 0.3:
            await process.sleep(0.0005)
    return "done"


@pytest.mark.usefixtures("switching_often")
@pytest.mark.parametrize("lock_checker", [False, True])
def test_nothing_is_lost_and_no_reference_is_left(lock_checker: bool) -> None:
    errors: list[str] = []
    with Emulator(async_threads=3, schedulers=3, lock_checker=lock_checker, strict=True) as emu, emu.attach() as me:
        me.erl_ddll.load(DriverLocked, "driver_locked_drv")
        me.erl_ddll.load(PortLocked, "port_locked_drv")
        threads = [threading.Thread(target=use_from_a_thread, args=(emu, number, errors)) for number in range(3)]
        for thread in threads:
            thread.start()
        processes = [emu.spawn(use_from_a_process, number) for number in range(4)]
        for thread in threads:
            thread.join()
        for process in processes:
            me.wait_for(process)
        outcomes: list[Any] = [process.outcome() for process in processes]
        assert not errors, errors[0]
        assert outcomes == ["done"] * 4
        for name in DRIVERS:
            me.erl_ddll.unload_driver(name)
        assert me.erl_ddll.loaded_drivers() == []
        assert len(emu.ports) == 0


def test_many_jobs_leave_every_count_where_it_began() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", "--jobs", "300000"],
        cwd=ROOT, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_interrupted_wait_leaves_the_process_usable() -> None:
    program = """
import os, random, signal, threading, time
from erts_emu import Emulator, bundled_drivers
with Emulator() as emu, emu.attach() as me:
    me.erl_ddll.load(bundled_drivers(), "echo_drv")
    port = me.open_port(("spawn_driver", "echo_drv"), ["binary"])
    def interrupt():
        while me.process.state.value != "waiting":
            time.sleep(0.0001)
        time.sleep(random.choice((0, 0.00001, 0.001)))  # now it looks for work, spins, or sleeps
        os.kill(os.getpid(), signal.SIGINT)
    interrupts = 0
    for _ in range(100):
        interrupter = threading.Thread(target=interrupt)
        interrupter.start()
        try:
            me.receive()
        except KeyboardInterrupt:
            interrupts += 1
        interrupter.join()
    print(interrupts, "interrupts")
    me.port_command(port, b"still here")
    print(me.receive(timeout=30)[1][1])
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["100 interrupts", "b'still here'"], done.stderr
