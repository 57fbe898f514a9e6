"""Make the pictures of the documents again: ``python docs/pictures.py``, from the top of a checkout.

Needs Chromium with its driver, selenium and Pillow. Writes two screenshots of an example page of the timeline to
``docs/pictures``. ``python docs/pictures.py --measure`` makes the page of a run of more than 100,000 events in a new
folder instead, opens it three times, and prints sizes and times. ``--page FILE`` writes the example page, and needs
nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from erts_emu.observe.timeline import timeline_html  # noqa: E402
from tests.observe import chromium  # noqa: E402
from tests.observe.runs import Worker, recorded  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
LARGEST = 200_000
COLOURS = 160
EVENTS = 100_000
JOBS = 1600
"""Of each port: enough for that many events."""


def main() -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true", help="how long does a page of 100,000 events take to open?")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the page of the pictures, and nothing else")
    options = parser.parse_args()
    if options.page is not None:
        return write(options.page)
    if missing := chromium.missing():
        print(f"not installed: {missing}", file=sys.stderr)
        return 1
    with chromium.chromium() as driver:
        return measure(driver) if options.measure else make(driver)


def write(page: Path) -> int:
    """Write the example page."""
    page.write_text(timeline_html(recorded(driver=Worker), title="Three ports, four async threads"), encoding="utf-8")
    return 0


def make(driver: Any) -> int:
    """Write the screenshots of the example page."""
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        page = Path(folder) / "timeline.html"
        write(page)
        chromium.open_timeline(driver, page)
        run(driver, "app.go(recording.columns.jobGet[4])")
        shoot(driver, "timeline_light.png")
        chromium.prefer(driver, "dark")
        run(driver, "app.toggleColours(); app.go(recording.columns.jobInvoke[9]); app.zoom(0.3); app.followJob()")
        shoot(driver, "timeline_dark.png")
    return 0


def run(driver: Any, script: str) -> None:
    """Have the page do something, and wait until it is drawn."""
    driver.execute_script(f"const {{app, recording}} = window.timeline; document.activeElement.blur(); {script}")
    chromium.drawn(driver)


def shoot(driver: Any, name: str) -> None:
    """Write a screenshot, with few colours: the documents stay small."""
    from PIL import Image

    path = PICTURES / name
    picture = Image.open(BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size:,} bytes")
    assert size < LARGEST, f"{name} is too large for the documents"


def measure(driver: Any) -> int:
    """Print how large the page of a long run is, and how long it takes to make and to open."""
    recording = recorded(jobs=JOBS, threads="real", durations=(0,))
    events = sum(1 for _ in recording.events())
    assert events >= EVENTS, f"only {events} events: raise JOBS"
    begun = time.perf_counter()
    text = timeline_html(recording)
    print(f"{events:,} events; page of {len(text):,} bytes, made in {time.perf_counter() - begun:.2f} s")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "long.html"
        path.write_text(text, encoding="utf-8")
        for _ in range(3):
            begun = time.perf_counter()
            chromium.open_timeline(driver, path)
            whole = time.perf_counter() - begun
            script, ready, frame = driver.execute_script(FIGURES)
            print(f"opened and drawn in {whole:.2f} s (navigation to picture {ready:.0f} ms, of it the page's scripts "
                  f"{script:.0f} ms); a new picture of everything takes {frame:.1f} ms")  # fmt: skip
    return 0


FIGURES = """
    const {app, loadedIn, readyAt} = window.timeline;
    const begun = performance.now();
    for (let turn = 0; turn < 20; turn++) app.draw();
    return [loadedIn, readyAt, (performance.now() - begun) / 20];
"""


if __name__ == "__main__":
    sys.exit(main())
