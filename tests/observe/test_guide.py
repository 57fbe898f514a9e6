"""``docs/recording.md``: its transcripts are what happens, and its tables of events and of the file are complete."""

import json
import re
import stat
import struct
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from erts_emu.observe.decoding import decode
from erts_emu.observe.export import ENDINGS
from erts_emu.observe.records import CALLBACKS, RECORD, Code, Tables
from tests.observe.programs import record_shouting
from tests.transcripts import blocks_of, cells_of, exchanges, run_cells, run_commands

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "recording.md").read_text(encoding="utf-8")
SVG = "{http://www.w3.org/2000/svg}"


def rows(heading):
    """The cells of the rows of a table, found by its first heading."""
    table = PAGE[PAGE.index(f"| {heading} |") :].partition("\n\n")[0]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]


def test_the_python_prints_what_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    printed = list(run_cells(PAGE, "recording.md"))
    assert len(printed) == len(cells_of(PAGE)) >= 3
    for cell, text in printed:
        assert text == (cell.printed.text if cell.printed is not None else ""), f"line {cell.code.line}"


def test_the_commands_print_what_the_page_says(tmp_path):
    program = tmp_path / "bin" / "erts-emu"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m erts_emu.cli "$@"\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "drivers").symlink_to(ROOT / "drivers")
    script = next(block.text for block in blocks_of(PAGE) if block.language == "erlang")
    (folder / "shout.erl").write_text(script, encoding="utf-8")
    for name in ("one", "two"):
        (folder / f"{name}.txt").write_text(name, encoding="utf-8")
    [session] = [block.text for block in blocks_of(PAGE) if block.language == "console"]
    wanted = exchanges(session, r"\$ ")
    given = [f'PATH="{program.parent}:$PATH"', *(command for command, _ in wanted)]
    environment = {"PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONDONTWRITEBYTECODE": "1"}
    for (command, text), printed in zip(wanted, run_commands(given, folder, environment)[1:], strict=True):
        assert printed == text, command
    assert "async_2" in (folder / "run.folded").read_text(encoding="utf-8")


def test_the_endings_are_all_in_the_table():
    assert re.findall(r"`(\.\w+)`", "".join(cells[0] for cells in rows("ending"))) == list(ENDINGS)


def table_of_events():
    found = {}
    for names, fields, _ in rows("name"):
        required = re.findall(r"`(\w+)`", fields.partition(";")[0])
        optional = re.findall(r"`(\w+)`", fields.partition(";")[2])
        for name in re.findall(r"`(\w+)`", names):
            found[name] = (set(required), set(optional))
    return found


def every_record():
    """Tables, and a record of each code, as one long nonsensical recording."""
    tables = Tables(async_threads=1, schedulers=1, lanes={1: "scheduler 1", 2049: "async_1"}, observed_locks=True,
                    strings=["d"], locks=[("port_lock", "#Port<0.5>")], ports={5: ("p", "d")}, processes={80: "x"},
                    references={"d": 2}, run_queues={1: 0})  # fmt: skip
    numbers = {
        Code.ASYNC: (1, 5 | 1 << 32 | 1 << 48), Code.INVOKE: (1, 0), Code.INVOKE_RETURN: (1, 0), Code.DONE: (1, 1),
        Code.READY: (1, 0), Code.FREE: (1, 5), Code.FREE_RETURN: (1, 5), Code.RUN_QUEUE_LENGTH: (1, 1),
        Code.DRIVER_REFERENCES: (0, 1), Code.READY_BATCH: (1, 1), Code.LOCK_ACQUIRE: (0, 0), Code.LOCK_RELEASE: (0, 0),
        Code.LOCK_CONTENDED: (0, 0), Code.PORT_OPEN: (5, 80), Code.PORT_CONNECT: (5, 80), Code.PORT_SEND: (5, 80),
        Code.PORT_EXIT: (5, 0), Code.PROCESS_EXIT: (80, 0), Code.MESSAGE_SEND: (80, 80),
        Code.PDL_REFERENCES: (5, 1),
    }  # fmt: skip
    order = [Code.ASYNC, Code.INVOKE, Code.INVOKE_RETURN, Code.LOCK_RELEASE, Code.READY, Code.LOCK_ACQUIRE]
    order += [
        Code.LOCK_RELEASE,
        Code.DONE,
        *(code for code in Code if code not in (Code.CALLBACK, Code.CALLBACK_RETURN)),
    ]
    records = [(code, *numbers.get(code, (80 if code.name.startswith("PROCESS") else 5, 0))) for code in order]
    for number in range(len(CALLBACKS)):
        port = -1 if CALLBACKS[number] in ("init", "finish", "stop_select") else 5
        records += [(Code.CALLBACK, number, port), (Code.CALLBACK_RETURN, number, port)]
    lanes = {Code.INVOKE: 2049, Code.INVOKE_RETURN: 2049}
    return tables, b"".join(RECORD.pack(0, code | lanes.get(code, 1) << 8, a, b) for code, a, b in records)


def test_every_event_there_is_has_the_fields_that_the_page_says():
    table = table_of_events()
    events = list(decode(*every_record()))
    for event in events:
        required, optional = table[event.name]
        assert required <= event.fields.keys() <= required | optional, event
    assert {event.name for event in events} == set(table)


def test_the_codes_and_callbacks_are_those_of_the_page():
    assert [(int(number), name.strip("`")) for number, name, *_ in rows("code")] == [
        (code.value, code.name) for code in Code
    ]
    listed = re.findall(r"(\w+) (\d+)[,.]", PAGE.partition("`ErlDrvEntry`:")[2].partition("\n\n")[0])
    assert [(name, int(number)) for name, number in listed] == [(name, n) for n, name in enumerate(CALLBACKS)]


@pytest.mark.parametrize("threads", ["simulated", "real"])
def test_a_file_can_be_read_with_nothing_but_the_page(threads, tmp_path):
    file = tmp_path / "run.etrace"
    recording = record_shouting(threads)
    recording.save(file)
    data = file.read_bytes()
    assert data[:8] == b"ERTSEMU\x01"
    tables_length, records_length = struct.unpack_from("<QQ", data, 8)
    assert len(data) == 24 + tables_length + records_length
    tables = json.loads(data[24 : 24 + tables_length].decode("utf-8"))
    keys = [key for cells in rows("key") for key in re.findall(r"`(\w+)`", cells[0])]
    assert sorted(keys) == sorted(tables)
    asked, sent = [], []
    for offset in range(24 + tables_length, len(data), 32):
        time, head, a, b = struct.unpack_from("<qqqq", data, offset)
        assert time >= 0
        thread = tables["lanes"][str(head >> 8 & 0xFFFF)]
        if head & 0xFF == 1:
            asked.append((a, thread, f"#Port<0.{b & 0xFFFFFFFF}>", f"async_{b >> 32 & 0xFFFF}"))
        elif head & 0xFF == 16:
            sent.append((f"#Port<0.{a}>", f"<0.{b & 0xFFFFFFFF}.{b >> 32}>"))
    events = list(recording.events())
    assert asked == [
        (e.fields["job"], e.thread, e.fields["port"], e.fields["async_thread"])
        for e in events
        if e.name == "driver_async"
    ]
    assert sent == [(e.fields["port"], e.fields["process"]) for e in events if e.name == "port_send"]
    assert len(asked) == len(sent) == 6


def test_the_picture_is_one_of_the_job_that_the_page_records(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    list(run_cells(PAGE, "recording.md"))

    def words(file):
        texts = [text.text for text in ElementTree.parse(file).iter(f"{SVG}text")]
        return [re.sub(r"\d+", "N", text) for text in texts if not text.startswith("step")]

    assert words(ROOT / "docs" / "pictures" / "job.svg") == words(tmp_path / "job.svg")
