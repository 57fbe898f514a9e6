"""Answering questions: from a subject's statistics views to a sample. Takes no lock, and is no step of a simulation."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.observe.observer.output import Kept
from erts_emu.observe.observer.samples import Order, PortLife, Question, Sample, TableName, Totals
from erts_emu.observe.observer.tables import TABLES, arranged

if TYPE_CHECKING:
    from collections.abc import Callable

    from erts_emu.emulator import Emulator
    from erts_emu.observe.observer.history import Histories
    from erts_emu.observe.observer.subjects import Subject

_VIEWS: Final[dict[TableName, Callable[[Emulator], list[Any]]]] = {
    "ports": lambda emulator: emulator.ports.statistics(),
    "drivers": lambda emulator: emulator.ddll.statistics(),
    "processes": lambda emulator: emulator.processes.statistics(),
    "async": lambda emulator: list(emulator.async_pool.statistics().threads),
    "schedulers": lambda emulator: [scheduler.statistics() for scheduler in emulator.schedulers],
    "locks": lambda emulator: [view for view in emulator.locks.instances() if view.tries],
}


@final
class Sampler:
    """Answers for one subject. *kept* is what it writes."""

    def __init__(self, subject: Subject, kept: Kept | None = None) -> None:
        self.subject = subject
        self.kept = kept or Kept()
        self.answered = 0

    def __repr__(self) -> str:
        return f"<Sampler, {self.answered} questions answered>"

    def answer(self, question: Question) -> Sample:
        """Take a sample. What comes and goes meanwhile is in it or not."""
        began, used = time.monotonic_ns(), time.thread_time_ns()
        run = self.subject.run_state()
        written = self.kept.since(question.output_from)
        emulator = self.subject.emulator
        self.answered += 1
        if emulator is None:
            return Sample(began, 0, 0, run, Totals(), written=written)
        rows: tuple[Any, ...] = ()
        matching = existing = 0
        if question.table is not None:
            rows, matching, existing = _rows(emulator, question, question.table)
        return Sample(
            at=began,
            clock=emulator.layer.monotonic(),
            run=run,
            totals=_totals(emulator),
            table=question.table,
            rows=rows,
            matching=matching,
            existing=existing,
            port=self._look_into(emulator, question),
            written=written,
            accounts=emulator.msacc_enabled,
            counts_locks=emulator.locks.observed_count() > 0,
            cost=time.thread_time_ns() - used,
        )

    def obey(self, order: Order) -> str:
        """Do what can be done with every emulator; have the subject do everything else."""
        emulator = self.subject.emulator
        if order.name != "account" or emulator is None:
            return self.subject.obey(order)
        emulator.account_microstates(not emulator.msacc_enabled)
        return ""

    def _look_into(self, emulator: Emulator, question: Question) -> PortLife | None:
        histories = self.subject.histories
        if histories is not None:
            histories.follow(question.port if question.follow else None)
        if question.port is None:
            return None
        return _life(emulator, histories, question.port)


def _rows(emulator: Emulator, question: Question, name: TableName) -> tuple[tuple[Any, ...], int, int]:
    """The rows that were asked for, of how many that match, of how many."""
    table = TABLES[name]
    if name == "ports" and not question.words and not question.descending and table.column(question.sort).key == "id":
        oldest = emulator.ports.statistics(question.limit)  # of very many ports, only those that are to be seen
        count = max(len(oldest), len(emulator.ports))
        return tuple(oldest), count, count
    views = _VIEWS[name](emulator)
    found = arranged(table, views, sort=question.sort, descending=question.descending, words=question.words)
    return tuple(found[: question.limit]), len(found), len(views)


def _life(emulator: Emulator, histories: Histories | None, number: int) -> PortLife:
    now = emulator.ports.find_statistics(number)
    if histories is None:
        return PortLife(now, (), 0)
    life = histories.of(number)
    return PortLife(now, tuple(life.events.copy()), life.noted)


def _totals(emulator: Emulator) -> Totals:
    pool = emulator.async_pool.statistics()
    schedulers = [scheduler.statistics() for scheduler in emulator.schedulers]
    return Totals(
        ports=len(emulator.ports),
        processes=len(emulator.processes),
        drivers=len(emulator.ddll.drivers),
        schedulers=len(schedulers),
        async_threads=len(pool.threads),
        jobs_submitted=pool.jobs_submitted,
        jobs_waiting=sum(thread.queued for thread in pool.threads),
        jobs_ready=sum(scheduler.ready_queue for scheduler in schedulers),
        jobs_completed=sum(scheduler.ready_jobs for scheduler in schedulers),
    )
