"""The timeline: a recording as one self-contained HTML page.

``timeline_html`` gives the page, ``timeline_frame`` the same for a notebook. What the page shows, the state after each
step included, is worked out here, in Python (:func:`build_model`); the page only looks it up and draws it.
"""

from __future__ import annotations

import html

from erts_emu.observe.timeline.build import AnyRecording, build_model
from erts_emu.observe.timeline.model import State, TimelineModel
from erts_emu.observe.timeline.page import page_of

__all__ = ["State", "TimelineModel", "build_model", "timeline_frame", "timeline_html"]


def timeline_html(recording: AnyRecording, *, title: str = "erts_emu timeline") -> str:
    """Return *recording* as a page: everything in one HTML text, which works offline and fetches nothing."""
    return page_of(build_model(recording), title, recording.clock)


def timeline_frame(recording: AnyRecording, *, title: str = "erts_emu timeline", height: int = 640) -> str:
    """Return the page in a frame of *height* pixels, for ``_repr_html_``: its styles stay its own."""
    page = html.escape(timeline_html(recording, title=title), quote=True)
    return (
        f'<iframe title="{html.escape(title, quote=True)}" srcdoc="{page}" style="width: 100%; height: {height:d}px; '
        'border: 1px solid #8888; border-radius: 6px"></iframe>'
    )
