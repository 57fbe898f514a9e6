"""Sequence diagrams as SVG: one image, self-contained, readable in light and dark surroundings."""

from __future__ import annotations

from html import escape
from typing import Final, final

from erts_emu.observe.sequence import Diagram, Lifeline, Row

_GUTTER: Final = 104
_COLUMN: Final = 178
_MARGIN: Final = 28
_HEAD: Final = 66
"""Where the boxes of the lifelines begin, below the title."""
_BOX: Final = 46
_ROW: Final = 38
_SMALL_ROW: Final = 26
_TIGHT_ROW: Final = 12
_BAR: Final = 12
_CHARACTER: Final = 6.6
"""About the width of a character, to cut what does not fit."""

_STYLE: Final = """
.ersq{--bg:#ffffff;--ink:#1f2328;--dim:#68717a;--line:#d3d9e0;--rule:#eef1f4;--process:#0b62c4;--process-bg:#e8f1fc;
--port:#7a3fd1;--port-bg:#f2ecfc;--queue:#8f5d00;--queue-bg:#fbf3df;--thread:#1a7a3a;--thread-bg:#e7f5ea;
--lock:#cf222e;--note:#f6f8fa;font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
@media (prefers-color-scheme:dark){.ersq{--bg:#0f141a;--ink:#e6edf3;--dim:#8f99a3;--line:#333c46;--rule:#1b222a;
--process:#6cb2ff;--process-bg:#12283f;--port:#c19bff;--port-bg:#2a1f42;--queue:#e0ab3d;--queue-bg:#33270d;
--thread:#57c775;--thread-bg:#12301c;--lock:#ff7b72;--note:#1a2129}}
.ersq .paper{fill:var(--bg)}.ersq text{fill:var(--ink);font-size:12px}.ersq .title{font-size:17px;font-weight:650}
.ersq .dim{fill:var(--dim);font-size:11px}
.ersq .when{fill:var(--dim);font-size:10.5px;font-variant-numeric:tabular-nums}
.ersq .name{font-weight:600;font-size:12.5px}.ersq .life{stroke:var(--line);stroke-dasharray:3 4}
.ersq .rule{stroke:var(--rule)}.ersq .box{stroke-width:1.3}.ersq .arrow{stroke-width:1.5;fill:none}
.ersq .held{fill:var(--lock);fill-opacity:.09;stroke:var(--lock);stroke-opacity:.45;stroke-dasharray:2 3}
.ersq .halo{stroke:var(--bg);stroke-width:4px;paint-order:stroke;stroke-linejoin:round}
.ersq .note{fill:var(--note);stroke:var(--line)}.ersq .gone{stroke:var(--lock);stroke-width:2.2;fill:none}
""" + "".join(
    f".ersq .{kind}-box{{fill:var(--{kind}-bg);stroke:var(--{kind})}}.ersq .{kind}-bar{{fill:var(--{kind})}}"
    f".ersq .{kind}-arrow{{stroke:var(--{kind})}}.ersq .{kind}-head{{fill:var(--{kind})}}\n"
    for kind in ("process", "port", "queue", "thread")
)


def svg_of(diagram: Diagram) -> str:
    """Return the image."""
    return _Picture(diagram).draw()


@final
class _Picture:
    """Draws from top to bottom; bars and held locks go behind what is drawn over them."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.x = {life.key: _GUTTER + _COLUMN // 2 + _COLUMN * n for n, life in enumerate(diagram.lifelines)}
        self.kinds: dict[str, str] = {life.key: life.kind for life in diagram.lifelines}
        self.width = _GUTTER + _COLUMN * len(diagram.lifelines) + _MARGIN
        self.y = float(_HEAD + _BOX + 16)
        self.top = self.y
        self.behind: list[str] = []
        self.front: list[str] = []
        self.bars: dict[str, list[float]] = {}
        self.held: dict[str, float] = {}
        self.ends: dict[str, float] = {}
        self.when = ""
        self.next: Row | None = None

    def draw(self) -> str:
        rows = self.diagram.rows
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            self.next = following
            self._row(row)
        self.y += 18
        for where in list(self.bars):
            while self.bars[where]:
                self._end(where)
        for where in list(self.held):
            self._unlock(where)
        locked = any(row.kind == "lock" for row in rows)
        height = self.y + (34 if locked else 14)
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="ersq" role="img" width="{self.width}" height="{height:g}" '
            f'viewBox="0 0 {self.width} {height:g}">',
            f"<title>{escape(self.diagram.title)}</title><style>{_STYLE}</style>",
            f'<rect class="paper" width="{self.width}" height="{height:g}" rx="8"/>',
            f'<text class="title" x="{_MARGIN}" y="30">{escape(self.diagram.title)}</text>',
            f'<text class="dim" x="{_MARGIN}" y="49">{escape(self.diagram.subtitle)}</text>',
            *(self._lifeline(life) for life in self.diagram.lifelines),
            *self.behind,
            *self.front,
        ]
        if locked:
            parts.append(_legend(self.y + 14))
        return "".join([*parts, "</svg>"])

    def _lifeline(self, life: Lifeline) -> str:
        x = self.x[life.key]
        left, width = x - _COLUMN / 2 + 9, _COLUMN - 18
        end = self.ends.get(life.key, self.y)
        return (
            f'<line class="life" x1="{x}" y1="{_HEAD + _BOX}" x2="{x}" y2="{end:g}"/>'
            f'<rect class="box {life.kind}-box" x="{left:g}" y="{_HEAD}" width="{width}" height="{_BOX}" rx="7"/>'
            f'<text class="name" x="{x}" y="{_HEAD + 20}" text-anchor="middle">{_cut(life.title, width - 10)}</text>'
            f'<text class="dim" x="{x}" y="{_HEAD + 36}" text-anchor="middle">{_cut(life.subtitle, width - 10)}</text>'
        )

    def _row(self, row: Row) -> None:
        draw = {
            "message": self._message, "begin": self._begin, "end": self._end_row, "lock": self._lock_row,
            "unlock": self._unlock_row, "remark": self._remark, "note": self._note, "gone": self._gone,
            "more": self._more,
        }[row.kind]  # fmt: skip
        draw(row)

    def _tell_when(self, row: Row) -> None:
        """Write the time beside a row, where it differs from the row above."""
        if row.when and row.when != self.when:
            self.when = row.when
            self.behind.append(
                f'<line class="rule" x1="{_GUTTER - 18}" y1="{self.y:g}" x2="{self.width - _MARGIN}" y2="{self.y:g}"/>'
            )
            self.front.append(
                f'<text class="when" x="{_GUTTER - 24}" y="{self.y + 4:g}" text-anchor="end">{escape(row.when)}</text>'
            )

    # --- rows ---

    def _message(self, row: Row) -> None:
        if row.source == row.target:
            self._begin(row)
            return
        self.y += _ROW
        self._tell_when(row)
        kind = self.kinds[row.source]
        left, right = sorted((self.x[row.source], self.x[row.target]))
        sign = 1 if self.x[row.target] > self.x[row.source] else -1
        start = self.x[row.source] + sign * self._edge(row.source)
        tip = self.x[row.target] - sign * self._edge(row.target)
        y = self.y
        self.front.append(
            f'<line class="arrow {kind}-arrow" x1="{start:g}" y1="{y:g}" x2="{tip - sign * 7:g}" y2="{y:g}"/>'
            f'<path class="{kind}-head" d="M{tip:g} {y:g}l{-sign * 9} -4.5v9z"/>'
        )
        near = min(right - left, 2 * _COLUMN)  # beside who speaks, however far it goes
        middle = self.x[row.source] + sign * (near if near < right - left else right - left) / 2
        self._label(row, middle, "middle", near - 26)

    def _edge(self, where: str) -> float:
        """How far an arrow stays away from the middle of a lifeline, where a bar is or begins."""
        depth = len(self.bars.get(where, ()))
        if self.next is not None and (self.next.kind, self.next.source, self.next.text) == ("begin", where, ""):
            depth += 1
        return _BAR / 2 + 1 + (depth - 1) * 5 if depth else 2

    def _label(self, row: Row, x: float, anchor: str, room: float) -> None:
        self.front.append(
            f'<text class="halo" x="{x:g}" y="{self.y - 6:g}" text-anchor="{anchor}">{_cut(row.text, room)}</text>'
        )
        if row.detail:
            self.front.append(
                f'<text class="dim halo" x="{x:g}" y="{self.y + 14:g}" text-anchor="{anchor}">'
                f"{_cut(row.detail, room)}</text>"
            )

    def _begin(self, row: Row) -> None:
        where = row.source
        if row.text:
            self.y += _ROW
            self._tell_when(row)
            x = self._beside(where)
            self.front.append(f'<text class="halo" x="{x}" y="{self.y + 4:g}">{_cut(row.text, _COLUMN - 24)}</text>')
            if row.detail:
                self.front.append(
                    f'<text class="dim halo" x="{x}" y="{self.y + 18:g}">{_cut(row.detail, _COLUMN - 24)}</text>'
                )
        if row.kind == "begin":
            self.bars.setdefault(where, []).append(self.y - (6 if row.text else 0))

    def _beside(self, where: str) -> int:
        """Where words begin that stand beside a lifeline, its bars and its lock."""
        return self.x[where] + max(14 + 5 * len(self.bars.get(where, ())), 22 if where in self.held else 0)

    def _remark(self, row: Row) -> None:
        self.y += _SMALL_ROW
        self._tell_when(row)
        self.front.append(
            f'<text class="dim halo" x="{self._beside(row.source)}" y="{self.y + 4:g}">'
            f"{_cut(row.text, _COLUMN - 24)}</text>"
        )

    def _end_row(self, row: Row) -> None:
        if not self.bars.get(row.source):
            return  # it began before the recording did
        self.y += _SMALL_ROW
        self._tell_when(row)
        self._end(row.source)

    def _end(self, where: str) -> None:
        begin = self.bars[where].pop()
        x = self.x[where] - _BAR / 2 + 5 * len(self.bars[where])
        self.behind.append(
            f'<rect class="{self.kinds[where]}-bar" x="{x:g}" y="{begin:g}" width="{_BAR}" '
            f'height="{max(4.0, self.y - begin):g}" rx="3"/>'
        )

    def _lock_row(self, row: Row) -> None:
        self.y += _TIGHT_ROW
        self.held.setdefault(row.source, self.y)

    def _unlock_row(self, row: Row) -> None:
        if row.source in self.held:
            self.y += _TIGHT_ROW
            self._unlock(row.source)

    def _unlock(self, where: str) -> None:
        begin = self.held.pop(where)
        size = f'width="30" height="{self.y - begin:g}" rx="6"'
        self.behind.insert(0, f'<rect class="held" x="{self.x[where] - 15}" y="{begin:g}" {size}/>')

    def _note(self, row: Row) -> None:
        self.y += _SMALL_ROW + 4
        self._tell_when(row)
        text = _cut(row.text, _COLUMN + 10)
        width = min(len(row.text), int((_COLUMN + 10) / _CHARACTER)) * 6.1 + 18
        x = self.x[row.source]
        self.front.append(
            f'<rect class="note" x="{x - width / 2:g}" y="{self.y - 10:g}" width="{width:g}" height="20" rx="10"/>'
            f'<text class="dim" x="{x}" y="{self.y + 4:g}" text-anchor="middle">{text}</text>'
        )

    def _gone(self, row: Row) -> None:
        self.y += _SMALL_ROW
        self._tell_when(row)
        x = self.x[row.source]
        self.front.append(f'<path class="gone" d="M{x - 8} {self.y - 8:g}l16 16m0 -16l-16 16"/>')
        self.ends[row.source] = self.y

    def _more(self, row: Row) -> None:
        self.y += _ROW
        self.front.append(
            f'<text class="dim" x="{self.width / 2:g}" y="{self.y:g}" text-anchor="middle">{escape(row.text)}</text>'
        )


def _legend(y: float) -> str:
    return (
        f'<rect class="held" x="{_MARGIN}" y="{y - 10:g}" width="22" height="13" rx="4"/>'
        f'<text class="dim" x="{_MARGIN + 30}" y="{y + 1:g}">the lock of the port is held</text>'
    )


def _cut(text: str, room: float) -> str:
    """As much of *text* as fits, safe for XML."""
    most = max(1, int(room / _CHARACTER))
    return escape(text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}")
