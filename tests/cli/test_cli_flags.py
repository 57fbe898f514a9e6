"""The emulator's flags: what OTP 25.2.3 made of them on two processors, and what the ``erl`` at hand makes of them."""

import os
import shutil
import subprocess

import pytest

from erts_emu import Emulator
from erts_emu.cli.flags import EmulatorFlags, FlagError, Processors, atoi, parse_flags

TWO = Processors(2, 2)

#: Arguments, and what ``erl`` said: async threads, schedulers, processes, ports, parallelism -- or its complaint.
OBSERVED = [
    ("", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+A 0", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+A 1", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+A4", "A=4 S=2/2 P=262144 Q=65536 spp=false"),
    ("+A 1024", "A=1024 S=2/2 P=262144 Q=65536 spp=false"),
    ("+A 1025", "bad number of async threads 1025"),
    ("+A -1", "bad number of async threads -1"),
    ("+A abc", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+A 5x", "A=5 S=2/2 P=262144 Q=65536 spp=false"),
    ("+A 0x10", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+A +3", "A=3 S=2/2 P=262144 Q=65536 spp=false"),
    ("+A 99999999999", "bad number of async threads 99999999999"),
    ("+A 4294967298", "A=2 S=2/2 P=262144 Q=65536 spp=false"),
    ("+A 4 +A 2", "A=2 S=2/2 P=262144 Q=65536 spp=false"),
    ("+AA", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+A", "Missing argument(s) for '+A'."),
    ("+a 15", "bad stack size for async threads 15"),
    ("+a 16", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+a8192", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+a 8193", "bad stack size for async threads 8193"),
    ("+a abc", "bad stack size for async threads abc"),
    ("+a 64x", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+a 4294967360", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+aa", "bad stack size for async threads a"),
    ("+Q 5", "bad number of ports 5"),
    ("+Q 1023", "bad number of ports 1023"),
    ("+Q 1024", "A=1 S=2/2 P=262144 Q=1024 spp=false"),
    ("+Q 1025", "A=1 S=2/2 P=262144 Q=2048 spp=false"),
    ("+Q1500", "A=1 S=2/2 P=262144 Q=2048 spp=false"),
    ("+Q 67108865", "A=1 S=2/2 P=262144 Q=134217727 spp=false"),
    ("+Q 134217727", "A=1 S=2/2 P=262144 Q=134217727 spp=false"),
    ("+Q 134217728", "bad number of ports 134217728"),
    ("+Q abc", "bad number of ports abc"),
    ("+Q 2048x", "A=1 S=2/2 P=262144 Q=2048 spp=false"),
    ("+Q legacy", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+Q 4096 +Q 2048", "A=1 S=2/2 P=262144 Q=2048 spp=false"),
    ("+Q 9999999999999999999", "bad number of ports 9999999999999999999"),
    ("+Q 4294968320", "A=1 S=2/2 P=262144 Q=1024 spp=false"),
    ("+P 1023", "bad number of processes 1023"),
    ("+P 1024", "A=1 S=2/2 P=1024 Q=65536 spp=false"),
    ("+P1500", "A=1 S=2/2 P=2048 Q=65536 spp=false"),
    ("+P 134217727", "A=1 S=2/2 P=134217727 Q=65536 spp=false"),
    ("+P 134217728", "bad number of processes 134217728"),
    ("+P legacy", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+P -5", "bad number of processes -5"),
    ("+S 1", "A=1 S=1/1 P=262144 Q=65536 spp=false"),
    ("+S 4", "A=1 S=4/2 P=262144 Q=65536 spp=false"),
    ("+S 4:2", "A=1 S=4/2 P=262144 Q=65536 spp=false"),
    ("+S4:2", "A=1 S=4/2 P=262144 Q=65536 spp=false"),
    ("+S 2:4", "bad amount of schedulers online 4 (total amount of schedulers 2)"),
    ("+S :1", "A=1 S=2/1 P=262144 Q=65536 spp=false"),
    ("+S :3", "bad amount of schedulers online 3 (total amount of schedulers 2)"),
    ("+S 3:", "A=1 S=3/2 P=262144 Q=65536 spp=false"),
    ("+S 0", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+S 0:0", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+S 0:1", "A=1 S=2/1 P=262144 Q=65536 spp=false"),
    ("+S -1", "A=1 S=1/1 P=262144 Q=65536 spp=false"),
    ("+S -2", "bad amount of schedulers -2"),
    ("+S -5", "bad amount of schedulers -5"),
    ("+S 1:-1", "A=1 S=1/1 P=262144 Q=65536 spp=false"),
    ("+S 4:-2", "bad amount of schedulers online 0 (total amount of schedulers 4)"),
    ("+S 1:0", "bad amount of schedulers online 2 (total amount of schedulers 1)"),
    ("+S :-1", "A=1 S=2/1 P=262144 Q=65536 spp=false"),
    ("+S :0", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+S 1025", "bad amount of schedulers 1025"),
    ("+S 1:1025", "bad amount of schedulers online 1025 (total amount of schedulers 1)"),
    ("+S 3000000000", "bad amount of schedulers -1294967296"),
    ("+S abc", "bad amount of schedulers abc"),
    ("+S x:1", "bad amount of schedulers x:1"),
    ("+S :x", "bad amount of schedulers :x"),
    ("+S :", "bad amount of schedulers :"),
    ("+S 2x", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+S 2:1x", "A=1 S=2/1 P=262144 Q=65536 spp=false"),
    ("+S 4:2:1", "A=1 S=4/2 P=262144 Q=65536 spp=false"),
    ("+S 3:1 +S 4", "A=1 S=4/1 P=262144 Q=65536 spp=false"),
    ("+S 8:8 +S 4", "A=1 S=4/4 P=262144 Q=65536 spp=false"),
    ("+S 2:1 +S 0", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+S 4 +S :3", "bad amount of schedulers online 3 (total amount of schedulers 2)"),
    ("+S 4:3 +S 3:0", "A=1 S=3/2 P=262144 Q=65536 spp=false"),
    ("+spp true", "A=1 S=2/2 P=262144 Q=65536 spp=true"),
    ("+spptrue", "A=1 S=2/2 P=262144 Q=65536 spp=true"),
    ("+spp false", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("+spp TRUE", "bad port parallelism scheduling hint TRUE"),
    ("+Q 5 +A 1025", "bad number of async threads 1025"),
    ("+Q 5 +S abc", "bad amount of schedulers abc"),
    ("+S abc +A 1025", "bad amount of schedulers abc"),
    ("+A 1025 +S abc", "bad number of async threads 1025"),
    ("+Q 5 +P 5", "bad number of ports 5"),
    ("+a 3 +P 5", "bad stack size for async threads 3"),
    ("+spp no +A -1", "bad number of async threads -1"),
    ("ERL_THREAD_POOL_SIZE=0", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("ERL_THREAD_POOL_SIZE=5", "A=5 S=2/2 P=262144 Q=65536 spp=false"),
    ("ERL_THREAD_POOL_SIZE=2000", "A=1024 S=2/2 P=262144 Q=65536 spp=false"),
    ("ERL_THREAD_POOL_SIZE=-3", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("ERL_THREAD_POOL_SIZE=xyz", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("ERL_THREAD_POOL_SIZE=7x", "A=7 S=2/2 P=262144 Q=65536 spp=false"),
    ("ERL_THREAD_POOL_SIZE=", "A=1 S=2/2 P=262144 Q=65536 spp=false"),
    ("ERL_THREAD_POOL_SIZE=9 +A 3", "A=3 S=2/2 P=262144 Q=65536 spp=false"),
    ("ERL_MAX_PORTS=5", "A=1 S=2/2 P=262144 Q=1024 spp=false"),
    ("ERL_MAX_PORTS=3000", "A=1 S=2/2 P=262144 Q=4096 spp=false"),
    ("ERL_MAX_PORTS=abc", "A=1 S=2/2 P=262144 Q=1024 spp=false"),
    ("ERL_MAX_PORTS=134217728", "A=1 S=2/2 P=262144 Q=134217727 spp=false"),
    ("ERL_MAX_PORTS=999999999999", "A=1 S=2/2 P=262144 Q=1024 spp=false"),
    ("ERL_MAX_PORTS=3000 +Q 1500", "A=1 S=2/2 P=262144 Q=2048 spp=false"),
]

ASKED = OBSERVED if os.environ.get("ERTS_EMU_LONG") else OBSERVED[::5]
"""Each question costs a start of ``erl``: by default only some are asked."""

TELL = """io:format("A=~w S=~w/~w P=~w Q=~w spp=~w", [erlang:system_info(I) || I <- [thread_pool_size, schedulers,
schedulers_online, process_limit, port_limit, port_parallelism]]), halt()."""


def separated(text):
    """Part ``NAME=VALUE +F V`` into variables of the environment and arguments."""
    words = text.split()
    variables = dict(word.split("=", 1) for word in words if word.startswith("ERL_"))
    return variables, [word for word in words if not word.startswith("ERL_")]


def parsed(text, processors):
    """What we make of it, in the words of ``erl``."""
    variables, arguments = separated(text)
    try:
        flags, rest = parse_flags(arguments, variables, processors)
    except FlagError as error:
        return str(error)
    assert rest == []
    return (
        f"A={flags.async_threads} S={flags.schedulers}/{flags.schedulers_online} P={flags.max_processes} "
        f"Q={flags.max_ports} spp={str(flags.port_parallelism).lower()}"
    )


@pytest.mark.parametrize(("text", "expected"), OBSERVED)
def test_flags_mean_what_erl_takes_them_for(text, expected):
    assert parsed(text, TWO) == expected


@pytest.mark.erl
@pytest.mark.skipif(shutil.which("erl") is None, reason="erl is not installed")
@pytest.mark.parametrize("text", [text for text, _ in ASKED])
def test_the_erl_at_hand_agrees(text):
    variables, arguments = separated(text)
    answer = subprocess.run(
        ["erl", "-noshell", "-noinput", "-eval", TELL, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ours = parsed(text, Processors.here())
    if answer.returncode == 0:
        assert ours == answer.stdout
    else:
        assert answer.returncode == 1
        assert ours == answer.stderr.splitlines()[0]


def test_what_is_not_a_flag_is_left_alone():
    flags, rest = parse_flags(["demo", "+A", "3", "digest", "--ports", "5", "+Q2000", "--", "+A", "x"], {})
    assert rest == ["demo", "digest", "--ports", "5", "--", "+A", "x"]
    assert (flags.async_threads, flags.max_ports) == (3, 2048)


@pytest.mark.parametrize("flag", ["+Z", "+sbt", "+", "++A", "+x"])
def test_flags_that_do_not_exist(flag):
    with pytest.raises(FlagError, match="unknown flag"):
        parse_flags([flag, "u"], {})


@pytest.mark.parametrize("flag", ["+SP", "+SDcpu"])
def test_flags_of_erl_that_are_not_emulated(flag):
    with pytest.raises(FlagError, match="not emulated"):
        parse_flags([flag, "50:50"], {})


@pytest.mark.parametrize(
    ("text", "number"),
    [("", 0), ("x", 0), (" 12", 12), ("-7", -7), ("+", 0), ("2147483648", -(2**31)), ("9" * 30, -1), ("٣", 0)],
)
def test_atoi(text, number):
    assert atoi(text) == number


def test_the_emulator_gets_what_was_given_and_keeps_its_own_defaults():
    flags, _ = parse_flags([], {}, TWO)
    assert flags.emulator_options() == {}
    flags, _ = parse_flags("+S 2 +P 2000 +Q 1024 +spp true".split(), {"ERL_THREAD_POOL_SIZE": "3"}, TWO)
    assert isinstance(flags, EmulatorFlags)
    with Emulator(**flags.emulator_options()) as emu:
        assert emu.statistics().async_pool.threads[-1].name == "async_3"
        assert len(emu.statistics().schedulers) == 2
        assert (emu.processes.limit, emu.ports.size, emu.port_parallelism) == (2048, 1024, True)
