"""Every room of the house has a page, which says what it has to say, and a place in the picture."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ROOMS = sorted((DOCS / "rooms").glob("*.md"))


def load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ARCHITECTURE = load(DOCS / "tools" / "architecture.py")


def rooms_of(page: Path) -> list[str]:
    line = re.search(r"^Rooms?: (.*?)\.$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert line is not None, f"{page} does not name its rooms"
    return re.findall(r"`(\w+)`", line[1])


def test_every_room_of_the_house_has_one_page() -> None:
    shown = sorted(room for page in ROOMS for room in rooms_of(page))
    faces = ["observe", "shell", "testing"]  # their pages are those of their users
    rooms = sorted(room for floor in ARCHITECTURE.floors().values() for room in floor)
    assert sorted(shown + faces) == rooms, "name new rooms in a page of docs/rooms and in docs/architecture.md"


def test_every_room_is_in_the_table_of_the_architecture_page() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rows = {
        page: re.findall(r"`(\w+)`", rooms) for page, rooms in re.findall(r"\((rooms/\w+\.md)\) \| ([^|]*) \|", text)
    }
    assert rows == {
        f"rooms/{page.name}": rooms_of(page) for page in sorted(ROOMS, key=lambda page: text.index(page.name))
    }


@pytest.mark.parametrize("page", ROOMS, ids=lambda page: page.stem)
def test_a_room_s_page_tells_what_it_is_asked(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[0] == "What it does"
    for wanted in ("States and transitions", "Where it is in ERTS", "Differences", "Which tests prove it"):
        assert wanted in headings, f"{page.name} has no section {wanted}"


@pytest.mark.parametrize("page", ROOMS, ids=lambda page: page.stem)
def test_what_a_room_s_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:erts_emu|tests|docs|drivers|examples)/[\w./]+)`", text):
        assert (ROOT / path).exists(), path
    assert re.search(r"`tests/[\w./]+`", text.partition("## Which tests prove it")[2]), "names no test"
    rooms = [importlib.import_module(f"erts_emu.{room}") for room in rooms_of(page)]
    for name, member in re.findall(r"`([A-Z]\w+)\.(\w+)(?:\([^`]*\))?`", text):
        owner = next((getattr(room, name) for room in rooms if hasattr(room, name)), None)
        assert owner is not None, f"{name} is in none of the rooms"
        assert hasattr(owner, member), f"{name} has no {member}"


def test_every_room_is_in_the_table_of_the_tour() -> None:
    rooms = {room for floor in ARCHITECTURE.floors().values() for room in floor}
    assert rooms == set(ARCHITECTURE.counterparts())


def test_the_picture_is_up_to_date() -> None:
    drawn = ARCHITECTURE.architecture_svg()
    assert drawn == ARCHITECTURE.PICTURE.read_text(encoding="utf-8"), "run python docs/tools/architecture.py"
    for rooms in ARCHITECTURE.floors().values():
        assert all(f">{room}</text>" in drawn for room in rooms)
