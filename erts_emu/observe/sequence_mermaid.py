"""Sequence diagrams as Mermaid text, which GitHub, GitLab and many note-taking programs show as pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from erts_emu.observe.sequence import Diagram, Row

_ENTITIES: Final = {ord("#"): "#35;", ord(";"): "#59;", ord("<"): "#lt;", ord(">"): "#gt;"}
"""What would mean something in Mermaid."""


def mermaid_of(diagram: Diagram) -> str:
    """Return the text."""
    names = {lifeline.key: f"L{number}" for number, lifeline in enumerate(diagram.lifelines)}
    lines = ["sequenceDiagram"]
    for lifeline in diagram.lifelines:
        role = "actor" if lifeline.kind == "process" else "participant"
        lines.append(f"    {role} {names[lifeline.key]} as {_text(lifeline.title)}<br/>{_text(lifeline.subtitle)}")
    active: Counter[str] = Counter()
    for row in diagram.rows:
        active[row.source] += (row.kind == "begin") - (row.kind == "end")
        if active[row.source] < 0:  # it began before the recording did: Mermaid would refuse the text
            active[row.source] = 0
            continue
        lines += (f"    {line}" for line in _lines(row, names))
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return text.translate(_ENTITIES)


def _lines(row: Row, names: dict[str, str]) -> Iterator[str]:
    where = names.get(row.source, "")
    text = _text(row.text) + (f"<br/>{_text(row.detail)}" if row.detail else "")
    if row.kind == "message":
        yield f"{where}->>{names[row.target]}: {text}"
    elif row.kind == "begin":
        if row.text:
            yield f"Note right of {where}: {text}"
        yield f"activate {where}"
    elif row.kind == "end":
        yield f"deactivate {where}"
    elif row.kind == "remark":
        yield f"Note right of {where}: {text}"
    elif row.kind == "note":
        yield f"Note over {where}: {text}"
    elif row.kind == "gone":
        yield f"Note over {where}: gone"
    elif row.kind == "more":
        first, *_, last = names.values()
        yield f"Note over {first},{last}: {text}"
