"""Tests of the frame itself, with a stand-in for the emulator: ``pytest benchmarks``."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Literal

import pytest
from attrs import evolve

from benchmarks import erl_node
from benchmarks.__main__ import main
from benchmarks.cases import all_cases, chosen
from benchmarks.compiled import c_cases
from benchmarks.erl_node import ErlError, ErlNode
from benchmarks.kit import kit_cases
from benchmarks.model import Case, CaseResult, Contestant, Figures, Measure, Metric, Target
from benchmarks.plot import save_plot
from benchmarks.pools import AsyncioPool, ExecutorPool, MultiprocessingPool
from benchmarks.protocols import Machine, Pool, Unavailable
from benchmarks.report import document, plain_text, print_tables, rows, summary
from benchmarks.runner import run_case
from benchmarks.workbench import Sizes, Workbench, fresh
from erts_emu.native import is_available

TINY = Sizes(
    batch=50,
    window_jobs=50,
    window=8,
    one_by_one=10,
    asyncio=20,
    commands=20,
    open_close=10,
    files=4,
    file_bytes=1 << 16,
    sleepers=4,
    sleep=0.001,
    ports=100,
    port_commands=50,
    boots=2,
    real_boots=1,
    steps=20,
    selects=20,
    computing=4,
    schedules=3,
    walks=2,
    kit_tests=2,
)
#: Cases that stay in this process on all sides that are under test.
IN_PROCESS = [
    "async_batch",
    "async_window",
    "async_one",
    "async_one_cpu",
    "echo",
    "control_binary",
    "control_list",
    "open_close",
    "digest",
    "sleep",
    "steps",
    "recording",
]


class StandInMachine(ExecutorPool):
    def echo(self, commands: int) -> int:
        return commands

    def control(self, calls: int, *, binary: bool) -> int:
        return calls

    def open_close(self, times: int) -> int:
        return times

    def open_ports(self, count: int) -> Sequence[int]:
        return range(count)

    def command_each(self, ports: Sequence[int], commands: int) -> int:
        return commands

    def close_ports(self, ports: Sequence[int]) -> None:
        pass

    def run_steps(self, steps: int) -> int:
        return steps

    def record(self, *, compiled: bool) -> AbstractContextManager[object]:
        return nullcontext()

    def halt(self) -> None:
        self.__exit__(None, None, None)


class StandIn:
    def boot(self, *, async_threads: int = 1, max_ports: int = 65536, simulated: bool = False) -> Machine:
        return StandInMachine(async_threads)


def no_emulator() -> StandIn:
    raise Unavailable("not here")


def contestant(name: str, figures: Sequence[float | Exception], log: list[str] | None = None) -> Contestant:
    @contextmanager
    def prepare() -> Iterator[Measure]:
        left = iter(figures)

        def measure() -> Figures:
            if log is not None:
                log.append(name)
            value = next(left)
            if isinstance(value, Exception):
                raise value
            return {"rate": value}

        yield measure

    return Contestant(name, prepare)


def absent(name: str) -> Contestant:
    def refuse() -> None:
        raise Unavailable("install it")

    return fresh(name, dict, refuse)


def case(*contestants: Contestant, targets: tuple[Target, ...] = (), warmup: int = 0) -> Case:
    return Case("toy", "a toy", (Metric("rate", "ops/s", "more"),), contestants, targets, warmup)


def test_contestants_take_turns() -> None:
    log: list[str] = []
    toy = case(contestant("a", [1] * 9, log), contestant("b", [1] * 9, log), warmup=1)
    result = run_case(toy, 2)
    assert "".join(log) == "ab" * 3
    assert len(result.rounds) == 2


def test_warm_up_rounds_are_not_recorded() -> None:
    result = run_case(case(contestant("a", [1, 2, 3]), warmup=1), 2)
    assert result.series("a", "rate") == [2, 3]


def test_ratios_are_taken_round_by_round() -> None:
    result = run_case(case(contestant("a", [10, 40, 90]), contestant("b", [10, 20, 30])), 3)
    assert result.ratios("rate", "b") == [1, 2, 3]


def test_a_side_that_fails_drops_out_and_keeps_its_rounds() -> None:
    toy = case(contestant("a", [1, ValueError("broken")]), contestant("b", [1, 2, 3]))
    result = run_case(toy, 3)
    assert result.series("a", "rate") == [1]
    assert result.series("b", "rate") == [1, 2, 3]
    assert result.ratios("rate", "b") == [1]
    assert "ValueError: broken" in result.failed["a"]


def test_an_absent_side_is_skipped_with_its_reason() -> None:
    result = run_case(case(contestant("a", [1]), absent("b")), 1)
    assert result.skipped == {"b": "install it"}
    assert "b: skipped: install it" in plain_text(result)


@pytest.mark.parametrize(
    ("kind", "bound", "verdict"),
    [("at least", 2, "met"), ("at least", 2.1, "not met"), ("at most", 2, "met"), ("at most", 1.9, "not met")],
)
def test_the_median_ratio_decides(kind: Literal["at least", "at most"], bound: float, verdict: str) -> None:
    target = Target("rate", bound, kind, "b")
    toy = case(contestant("a", [2, 20, 1]), contestant("b", [1, 1, 1]), targets=(target,))
    assert run_case(toy, 3).verdict(target) == verdict


def test_a_target_without_its_side_is_not_measured() -> None:
    target = Target("rate", 1, "at least", "b")
    result = run_case(case(contestant("a", [1]), absent("b"), targets=(target,)), 1)
    assert result.verdict(target) == "not measured"
    assert summary([result]) == "targets: 0 met, 0 not met, 1 not measured"


def test_a_target_without_another_side_bounds_the_figure() -> None:
    target = Target("rate", 5, "at most")
    result = run_case(case(contestant("a", [4]), targets=(target,)), 1)
    assert result.verdict(target) == "met"
    assert [row.verdict for row in rows(result)] == ["met"]


def test_a_case_for_one_cpu_restores_the_others_afterwards() -> None:
    before = os.sched_getaffinity(0)
    seen: list[int] = []

    def run() -> Figures:
        seen.append(len(os.sched_getaffinity(0)))
        return {}

    run_case(evolve(case(fresh("a", run)), one_cpu=True), 1)
    assert seen == [1]
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize("make", [ExecutorPool, MultiprocessingPool, AsyncioPool])
def test_pools_do_all_the_work(make: Callable[[int], AbstractContextManager[Pool]]) -> None:
    with make(2) as pool:
        assert pool.batch(30) == 30
        assert pool.window(30, 8) == 30
        assert pool.window(5, 8) == 5
        assert pool.one_by_one(5) == 5
        assert pool.map(str, [1, 2, 3]) == ["1", "2", "3"]


def test_every_case_runs_with_the_stand_in(capsys: pytest.CaptureFixture[str]) -> None:
    with Workbench(TINY, StandIn) as bench:
        results = [run_case(c, 2) for c in chosen(all_cases(bench), IN_PROCESS)]
    assert [r.case.name for r in results] == IN_PROCESS
    assert not any(r.failed for r in results)
    print_tables(results)
    assert "async_window" in capsys.readouterr().out
    again = json.loads(json.dumps(document(results, {})))
    assert [c["name"] for c in again["cases"]] == IN_PROCESS


def test_every_case_about_compiled_drivers_runs() -> None:
    with Workbench(TINY) as bench:
        results = [run_case(c, 1) for c in c_cases(bench)]
    assert not any(result.failed for result in results), [result.failed for result in results]
    for result in results:
        subject = result.case.subject
        assert (subject in result.skipped) != bool(result.series(subject, "rate")), result
        assert is_available() or "bridge" in result.skipped[subject]


def test_every_case_about_the_test_kit_runs() -> None:
    with Workbench(TINY) as bench:
        results = [run_case(c, 1) for c in kit_cases(bench)]
    assert not any(result.failed for result in results), [result.failed for result in results]
    assert all(result.series(result.case.subject, result.case.metrics[0].name) for result in results)


def test_without_the_emulator_the_baselines_still_run() -> None:
    with Workbench(TINY, no_emulator) as bench:
        [result] = [run_case(c, 1) for c in chosen(all_cases(bench), ["async_one"])]
    assert result.skipped["emulator"] == "not here"
    assert result.series("ThreadPoolExecutor(1)", "rate")


def test_without_erl_its_sides_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)
    erl_node.build.cache_clear()
    erl_node.root_directory.cache_clear()
    with Workbench(TINY, StandIn) as bench:
        [result] = [run_case(c, 1) for c in chosen(all_cases(bench), ["echo"])]
    assert result.skipped["erl"] == "erl and erlc and gcc not found on the path"
    assert erl_node.otp_version() is None


def test_unknown_cases_are_refused_with_the_known_ones() -> None:
    with Workbench(TINY) as bench, pytest.raises(ValueError, match="no case called nope; there are async_batch"):
        chosen(all_cases(bench), ["nope"])
    assert main(["--only", "nope"]) == 2


def test_an_impossible_cpu_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    allowed = os.sched_getaffinity(0)
    assert main(["--cpu", "100000", "--list"]) == 2
    assert "--cpu 100000" in capsys.readouterr().err
    assert os.sched_getaffinity(0) == allowed


def test_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    result = run_case(case(contestant("a", [1, 2]), contestant("b", [1, 1])), 2)
    save_plot([result], tmp_path / "ratios.svg")
    assert (tmp_path / "ratios.svg").stat().st_size > 1000
    with pytest.raises(Unavailable, match="no ratio"):
        save_plot([CaseResult(case(contestant("a", [])))], tmp_path / "none.svg")


@pytest.mark.erl
def test_a_node_survives_a_bad_request() -> None:
    try:
        node = ErlNode()
    except Unavailable as err:
        pytest.skip(str(err))
    with node:
        with pytest.raises(ErlError, match="function_clause"):
            node.ask("dance", 1)
        assert len(node.ask("echo", 10)) == 1
        assert len(node.ask("ports", 50, 10, 100)) == 7
