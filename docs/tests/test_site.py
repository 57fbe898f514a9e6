"""The documentation site is built from what is in the repository, and each of its links leads somewhere on it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data"}
"""What a browser fetches by itself; and links of these kinds:"""
LOADED_LINKS = {"stylesheet", "icon", "preconnect", "preload", "dns-prefetch", "manifest"}


class Page(HTMLParser):
    """The links and anchors of a page, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in LOADED and LOADED[tag] in given:
            self.loaded.append(given[LOADED[tag]])
        elif tag == "link" and LOADED_LINKS & set(given.get("rel", "").split()):
            self.loaded.append(given.get("href", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly: any warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {file: Page(file.read_text(encoding="utf-8")) for file in site.rglob("*.html") if file.is_file()}


def local(links: list[str]) -> Iterator[tuple[str, str, str]]:
    """The links that stay on the site: each with its path and its anchor."""
    for link in links:
        parts = urlsplit(link)
        if not parts.scheme and not parts.netloc:
            yield link, unquote(parts.path), unquote(parts.fragment)


def test_every_link_leads_to_a_page_and_an_anchor_of_the_site(pages: dict[Path, Page]) -> None:
    broken = []
    for file, page in pages.items():
        if file.name == "404.html":
            continue  # its links are absolute: it is shown at any address
        for link, path, anchor in local(page.links):
            target = (file.parent / path).resolve() if path else file
            if not target.is_file() or (anchor and target in pages and anchor not in pages[target].anchors):
                broken.append(f"{file}: {link}")
    assert not broken


def test_nothing_is_fetched_from_the_network(pages: dict[Path, Page], site: Path) -> None:
    loaded = [link for page in pages.values() for link in page.loaded]
    assert loaded
    assert not [link for link in loaded if urlsplit(link).netloc]
    programs = [file.read_text(encoding="utf-8") for file in site.glob("assets/javascripts/*.js")]
    assert programs
    assert not any("unpkg.com" in program for program in programs)
    styles = "".join(file.read_text(encoding="utf-8") for file in site.rglob("*.css"))
    assert not re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\"']+", styles)


def test_the_first_page_shows_the_house_and_leads_to_all_parts(pages: dict[Path, Page], site: Path) -> None:
    home = pages[site / "index.html"]
    assert "architecture.svg" in home.loaded
    for part in ("quick_start", "drivers", "testing", "shell", "lessons/index", "tour"):
        assert f"{part}.html" in home.links, part


def test_every_lesson_is_a_page_and_a_notebook(pages: dict[Path, Page], site: Path) -> None:
    lessons = sorted(path.name for path in (ROOT / "examples" / "lessons").glob("[0-9]*_*"))
    assert sorted(path.stem for path in (site / "lessons").glob("*.html")) == [*lessons, "index"]
    assert all(f"{name}.ipynb" in pages[site / "lessons" / f"{name}.html"].links for name in lessons)


def test_the_api_reference_has_what_drivers_may_import(pages: dict[Path, Page], site: Path) -> None:
    import erts_emu.driver

    page = pages[site / "api" / "driver.html"]
    documented = {anchor.rpartition(".")[2] for anchor in page.anchors}
    functions = {name for name in erts_emu.driver.__all__ if name.startswith(("driver_", "erl_drv_"))}
    assert functions - documented <= {"driver_term_nil"}
    assert {"Driver", "DriverEntry", "ErlDrvPort", "Pointer", "DriverMisuse"} <= documented


def test_in_the_picture_every_room_leads_to_its_page(site: Path) -> None:
    text = (site / "architecture.html").read_text(encoding="utf-8")
    links = re.findall(r'<a href="([^"]+)"><rect class="room"', text)
    assert len(links) == text.count('class="room"')
    assert all((site / link).exists() for link in links)
