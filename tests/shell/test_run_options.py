"""What ``run`` and ``eval`` take beside the flags of ``erl``."""

import pytest

from erts_emu.cli import main

SPIN = """
Now = fun() -> erlang:monotonic_time(millisecond) end, End = Now() + {},
Spin = fun L() -> case Now() < End of true -> {}L(); false -> io:format("done~n") end end, Spin().
"""


@pytest.fixture
def evaluate(capsysbinary):
    """Run ``erts-emu [+S N] eval ...``; returns status, output, errors."""

    def evaluate(*arguments, schedulers="1"):
        status = main(["+S", schedulers, "eval", *arguments])
        said = capsysbinary.readouterr()
        return status, said.out.decode(), said.err.decode()

    return evaluate


@pytest.mark.parametrize("give_way", ["", "erlang:yield(), "])
@pytest.mark.parametrize("threads", ["real", "simulated"])
def test_a_loop_that_waits_for_the_clock_ends(evaluate, threads, give_way):
    assert evaluate("--threads", threads, SPIN.format(3, give_way)) == (0, "done\n", "")


@pytest.mark.parametrize("threads", ["real", "simulated"])
def test_a_loop_does_not_keep_others_from_their_timeouts(evaluate, threads):
    program = 'spawn(fun L() -> L() end), receive after 5 -> io:format("mine~n") end, halt(3).'
    assert evaluate("--threads", threads, program) == (3, "mine\n", "")


def test_simulated_time_does_not_take_time(evaluate):
    assert evaluate("--threads", "simulated", "timer:sleep(3600000).") == (0, "", "")


def test_the_same_seed_gives_the_same_order(evaluate):
    program = (
        "Me = self(), [spawn_opt(fun() -> Me ! N end, [{scheduler, N}]) || N <- [1, 2, 3, 4]],"
        'io:format("~w", [[receive M -> M end || _ <- [1, 2, 3, 4]]]).'
    )

    said = []
    for seed in [*range(12), *range(12)]:
        status, out, err = evaluate("--seed", str(seed), program, schedulers="4:4")
        assert (status, err) == (0, "")
        said.append(out)
    assert said[:12] == said[12:]
    assert len(set(said)) > 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--threads", "green", "ok."], "--threads is real or simulated, not green"),
        (["--threads"], "--threads needs a value"),
        (["--seed", "x", "ok."], "--seed is a number, not x"),
        (["--threads", "real", "--seed", "1", "ok."], "--seed is for simulated threads"),
        (["--nosuch", "ok."], "unknown option --nosuch"),
        ([], "what to eval?"),
        (["a.", "b."], "one argument is wanted"),
    ],
)
def test_wrong_options_are_explained(evaluate, arguments, complaint):
    status, out, err = evaluate(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"erts-emu eval: {complaint}\nusage: erts-emu eval ")
