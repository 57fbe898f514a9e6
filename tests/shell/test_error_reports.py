"""What is printed for what fails, and the exit status."""

import os

import pytest

from erts_emu.cli import main
from tests.shell.error_reports import erl_reports, forms, our_reports, recorded
from tests.shell.oracle import AVAILABLE

REQUIRED = os.environ.get("ERTS_EMU_REQUIRE_ERL") == "1"


def test_reports_are_those_of_erl():
    answers = recorded()
    said = dict(zip(forms(), our_reports(), strict=True))
    assert said == {form: answers[form] for form in forms()}


@pytest.mark.skipif(not AVAILABLE and not REQUIRED, reason="erl is not installed")
@pytest.mark.erl
def test_erl_still_reports_so(tmp_path):
    assert dict(zip(forms(), erl_reports(tmp_path), strict=True)) == recorded()


@pytest.fixture
def evaluate(capsysbinary):
    """Run ``erts-emu eval``; returns status, output, errors."""

    def evaluate(text):
        status = main(["eval", text])
        said = capsysbinary.readouterr()
        return status, said.out.decode(), said.err.decode()

    return evaluate


@pytest.fixture
def run(capsysbinary, tmp_path):
    """Run ``erts-emu run``; returns status, output, errors."""

    def run(text, *options):
        file = tmp_path / "script.erl"
        file.write_text(text)
        status = main(["run", *options, str(file)])
        said = capsysbinary.readouterr()
        return status, said.out.decode(), said.err.decode().replace(str(file), "script.erl")

    return run


@pytest.mark.parametrize(
    ("text", "report"),
    [
        ("X.", "* 1:1: variable 'X' is unbound\n"),
        ("foo(1,.", "* 1:7: syntax error before: '.'\n"),
        (")foo.", "* 1:1: syntax error before: ')'\n"),
        ("1 2.", "* 1:3: syntax error before: 2\n"),
        ("begin 1.", "* 1:8: syntax error before: '.'\n"),
        ("'abc.", "* 1:1: unterminated atom starting with 'abc.'\n"),
        ('"abc.', '* 1:1: unterminated string starting with "abc."\n'),
        ("f(X) -> 1.", "* 1:6: syntax error before: '->'\n"),
        ("#rec{}.", "* 1:1: record rec undefined\n"),
        ("1 = 2.", "** exception error: no match of right hand side value 2\n"),
        ("throw(ball).", "** exception throw: ball\n"),
        ("exit(bye).", "** exception exit: bye\n"),
        ("exit(self(), kill), timer:sleep(1000).", "** exception exit: killed\n"),
        (
            "process_flag(trap_exit, false), spawn_link(fun() -> exit(boom) end), timer:sleep(1000).",
            "** exception exit: boom\n",
        ),
    ],
)
def test_what_fails_is_reported_on_standard_error(evaluate, text, report):
    assert evaluate(text) == (1, "", report)


def test_what_follows_a_form_that_fails_is_evaluated_all_the_same(run):
    status, out, err = run('io:format("a~n").\n1 = 2.\nio:format("b~n").\nfoo(.\nio:format("c~n").\n')
    assert (status, out) == (1, "a\nb\nc\n")
    assert err == (
        "** exception error: no match of right hand side value 2\n"
        "     in call from script.erl, line 2\n"
        "script.erl:4:5: syntax error before: '.'\n"
    )


def test_frames_of_what_calls_a_script_are_not_shown(run):
    status, _, err = run("A = 1.\nlists:map(fun(X) -> hd(X) end, [[]]).")
    assert status == 1
    assert err == (
        "** exception error: bad argument\n     in function  hd/1\n        called as hd([])\n"
        "        *** argument 1: not a nonempty list\n"
        "     in call from lists:map/2 (lists.erl, line 1315)\n     in call from script.erl, line 2\n"
    )


@pytest.mark.parametrize("threads", ["real", "simulated"])
def test_a_crashed_process_is_reported_on_standard_error_and_does_not_fail_the_script(run, threads):
    crash = "{_, R} = spawn_monitor(fun() -> error(oops) end), receive {'DOWN', R, _, _, {oops, _}} -> ok end."
    status, out, err = run(f'{crash}\nio:format("on~n").', "--threads", threads)
    assert (status, out) == (0, "on\n")
    assert err.startswith("=ERROR REPORT==== ")
    assert "\nError in process <0." in err
    assert " with exit value:\n{oops,[{erl_eval," in err


@pytest.mark.parametrize("ending", ["exit(normal)", "exit(shutdown)", "exit(oops)", "ok"])
def test_a_process_that_exits_is_not_reported(run, ending):
    text = f"{{_, R}} = spawn_monitor(fun() -> {ending} end), receive {{'DOWN', R, _, _, _}} -> ok end."
    assert run(text) == (0, "", "")


def test_a_throw_that_nobody_catches_is_reported_as_nocatch(run):
    _, _, err = run(
        "{_, R} = spawn_monitor(fun() -> throw(x) end), receive {'DOWN', R, _, _, {{nocatch, x}, _}} -> ok end."
    )
    assert "{{nocatch,x},[{erl_eval," in err


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ("halt()", 0),
        ("halt(7)", 7),
        ("halt(300)", 44),
        ("halt(3, [{flush, false}])", 3),
        ("halt(0, [{flush, true}])", 0),
    ],
)
def test_halt_ends_everything_with_a_status(evaluate, call, status):
    assert evaluate(f'io:format("before~n"), {call}, io:format("after~n").') == (status, "before\n", "")
    assert evaluate(f"spawn(fun() -> {call} end), timer:sleep(60000).") == (status, "", "")
    assert evaluate(f'catch {call}, io:format("after~n").') == (status, "", "")
    assert evaluate(f'try {call} after io:format("after~n") end.') == (status, "", "")


def test_halt_with_a_text_prints_it_as_a_crash(evaluate):
    assert evaluate('halt("it is enough").') == (1, "", "it is enough\n")


def test_a_file_that_is_not_there_is_an_error(capsys):
    assert main(["run", "/nowhere/script.erl"]) == 1
    assert capsys.readouterr().err == "erts-emu: /nowhere/script.erl: No such file or directory\n"
