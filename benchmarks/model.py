"""The vocabulary of the suite: metrics, contestants, targets, cases, and what running a case leaves."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from statistics import median
from typing import Literal

from attrs import Factory, define, field, frozen

TIMES = "\N{MULTIPLICATION SIGN}"

#: One round's figures by metric name. A metric that cannot be taken here is left out.
Figures = Mapping[str, float]
Measure = Callable[[], Figures]


@frozen
class Metric:
    """One measured quantity."""

    name: str
    unit: str
    better: Literal["more", "less"]


@frozen
class Target:
    """A bound on the subject's figure: divided by another contestant's, or as it is."""

    metric: str
    bound: float
    kind: Literal["at least", "at most"]
    against: str | None = None

    def met_by(self, value: float) -> bool:
        return value >= self.bound if self.kind == "at least" else value <= self.bound

    def __str__(self) -> str:
        sign = "≥" if self.kind == "at least" else "≤"
        return f"{sign} {self.bound:g}" + (TIMES if self.against else "")


@frozen
class Contestant:
    """One side of a case. `prepare` sets it up for all rounds and gives what is called once a round."""

    name: str
    prepare: Callable[[], AbstractContextManager[Measure]]


@frozen
class Case:
    """One comparison. The first contestant is the subject; ratios are subject ÷ other."""

    name: str
    title: str
    metrics: tuple[Metric, ...]
    contestants: tuple[Contestant, ...]
    targets: tuple[Target, ...] = ()
    #: Rounds run before the recorded ones; 0 where every round starts a fresh process anyway.
    warmup: int = 1
    #: Keep all threads and processes of the case on one CPU.
    one_cpu: bool = False

    @property
    def subject(self) -> str:
        return self.contestants[0].name

    def target(self, metric: str, against: str | None) -> Target | None:
        return next((t for t in self.targets if (t.metric, t.against) == (metric, against)), None)


@frozen
class Spread:
    """Median and extremes of one figure over the rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        return cls(median(values), min(values), max(values))


@define
class CaseResult:
    """Figures of every contestant, round by round, and the reasons of those that dropped out."""

    case: Case
    rounds: list[dict[str, Figures]] = Factory(list)
    skipped: dict[str, str] = field(factory=dict)
    failed: dict[str, str] = field(factory=dict)

    def series(self, contestant: str, metric: str) -> list[float]:
        """Return the recorded figures, in the order of the rounds."""
        found = [r[contestant] for r in self.rounds if contestant in r]
        return [figures[metric] for figures in found if metric in figures]

    def ratios(self, metric: str, against: str) -> list[float]:
        """Return subject ÷ `against`, one ratio for each round in which both were measured."""
        subject = self.case.subject
        pairs = [(r[subject], r[against]) for r in self.rounds if subject in r and against in r]
        return [a[metric] / b[metric] for a, b in pairs if metric in a and b.get(metric)]

    def judged(self, target: Target) -> float | None:
        """Return the median that decides about `target`, or None if it was not measured."""
        values = (
            self.ratios(target.metric, target.against)
            if target.against
            else self.series(self.case.subject, target.metric)
        )
        return median(values) if values else None

    def verdict(self, target: Target) -> str:
        value = self.judged(target)
        if value is None:
            return "not measured"
        return "met" if target.met_by(value) else "not met"
