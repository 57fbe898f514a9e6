"""Sequence diagrams of jobs and ports: what they show, and that both drawings are well formed."""

import re
from xml.etree import ElementTree

import pytest

from erts_emu import Emulator
from erts_emu.observe.export import ExportError, export
from erts_emu.observe.sequence import MESSAGES, PORT_LIMIT, NotRecorded, duration
from tests.observe.programs import Doomed, Shout, record_shouting

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module", params=["simulated", "real"])
def recording(request):
    return record_shouting(request.param)


def words(svg):
    return [text.text for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def shown(diagram):
    """Messages and activities, without their times."""
    return [(row.kind, row.source, row.target, row.text) for row in diagram.rows if row.kind in ("message", "begin")]


def test_a_job_goes_from_the_process_by_the_async_thread_back_to_the_process(recording):
    job = recording.job(1)
    assert (job.port, job.driver, job.scheduler) == ("#Port<0.5>", "shout_drv", "scheduler 1")
    assert [life.title for life in job.diagram().lifelines] == [
        job.owner, "#Port<0.5>", "input queue", job.async_thread, "ready queue",
    ]  # fmt: skip
    assert shown(job.diagram()) == [
        ("message", "process", "port", "output"),
        ("begin", "port", "", ""),
        ("message", "port", "input", "driver_async, job 1"),
        ("message", "input", "thread", "takes the job"),
        ("begin", "thread", "", "async_invoke"),
        ("message", "thread", "ready", "done"),
        ("message", "ready", "port", "finished job"),
        ("begin", "port", "", "ready_async"),
        ("message", "port", "process", "message to the owner"),
    ]


def test_the_port_s_lock_is_held_around_both_callbacks_of_a_job(recording):
    kinds = [row.kind for row in recording.job(2).diagram().rows if row.source == "port" and row.kind != "message"]
    assert kinds == ["lock", "begin", "end", "unlock"] * 2


def test_reference_counts_and_queue_lengths_are_told(recording):
    rows = recording.job(6).diagram().rows
    asked = next(row for row in rows if row.text == "driver_async, job 6")
    assert re.fullmatch(r"driver references: \d+", asked.detail)
    notes = [(row.source, row.text) for row in rows if row.kind == "note"]
    assert [where for where, _ in notes] == ["input", "input", "ready", "ready"]
    assert all(re.fullmatch(r"empty|1 job|\d+ jobs", text) for _, text in notes)


def test_only_one_job_is_in_its_picture(recording):
    for number in range(1, 7):
        text = recording.job(number).mermaid()
        assert set(re.findall(r"job (\d+)", text)) == {str(number)}


def test_a_port_s_life_goes_from_start_to_its_end(recording):
    port = recording.port("#Port<0.6>")
    diagram = port.diagram()
    assert diagram.subtitle == "shout_drv: 7 callbacks, 3 async jobs"
    texts = [row.text or row.kind for row in diagram.rows if row.kind in ("message", "note", "gone")]
    assert texts[:3] == ["start", "open", "output"]
    assert texts[-2:] == ["exit: normal", "gone"]
    assert texts.count("output") == 3
    assert sorted(text for text in texts if text.startswith("ready_async")) == [
        "ready_async, job 4", "ready_async, job 5", "ready_async, job 6",
    ]  # fmt: skip
    assert {life.kind for life in diagram.lifelines} == {"process", "port", "thread"}


def test_a_port_may_be_named_by_its_number_or_its_term(recording):
    from erts_emu import PortId

    pictures = {recording.port(name).svg() for name in ("#Port<0.5>", 5, PortId(5))}
    assert len(pictures) == 1


def test_a_long_life_is_cut_and_says_how_much_is_left():
    long = record_shouting(ports=1, words=60)
    diagram = long.port(5).diagram()
    assert len(diagram.rows) == PORT_LIMIT + 1
    assert re.fullmatch(r"and \d+ more events", diagram.rows[-1].text)
    assert "more events" in long.port(5).svg()


def test_the_image_is_well_formed_and_needs_nothing_else(recording):
    for picture in (recording.job(1).svg(), recording.port(5).svg()):
        root = ElementTree.fromstring(picture)
        assert root.tag == f"{SVG}svg"
        assert "#Port<0.5>" in words(picture)
        assert "prefers-color-scheme:dark" in picture
        assert not re.search(r"href|url\(|<script|@import", picture)
        width, height = float(root.get("width")), float(root.get("height"))
        for text in root.iter(f"{SVG}text"):
            assert 0 < float(text.get("x")) < width
            assert 0 < float(text.get("y")) < height


def test_times_are_steps_of_a_simulation_or_durations(recording):
    pattern = r"step \d+" if recording.clock == "simulated" else r"[\d.]+ (ns|µs|ms|s)"
    root = ElementTree.fromstring(recording.job(1).svg())
    times = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "when"]
    assert times
    assert all(re.fullmatch(pattern, time) for time in times)


def test_mermaid_text_has_balanced_activities_and_no_bare_signs(recording):
    for text in (recording.job(1).mermaid(), recording.port(5).mermaid()):
        lines = text.splitlines()
        assert lines[0] == "sequenceDiagram"
        active = {}
        for line in lines[1:]:
            assert re.fullmatch(r"    (actor|participant|activate|deactivate|Note|L\d+->>).*", line)
            assert not re.search(r"#(?!35;|59;|lt;|gt;)", line)
            verb, _, who = line.strip().partition(" ")
            if verb in ("activate", "deactivate"):
                active[who] = active.get(who, 0) + (1 if verb == "activate" else -1)
                assert active[who] >= 0
        assert not any(active.values())


def test_a_job_whose_port_is_gone_ends_in_async_free():
    with Emulator(threads="simulated") as emu, emu.record() as recording:
        me = emu.attach(trap_exit=True)
        me.erl_ddll.load_driver(Doomed, "doomed_drv")
        me.port_command(me.open_port(("spawn_driver", "doomed_drv"), []), b"x")
        me.let_work(0.01)
    assert shown(recording.job(1).diagram())[-1] == ("begin", "port", "", "async_free")
    assert "exit: enough" in recording.port(5).mermaid()


class Burst(Shout):
    """Asks for many jobs in one callback, and answers each with many messages."""

    driver_name = "burst_drv"

    def output(self, buf):
        for _ in range(20):
            super().output(buf)

    def ready_async(self, job):
        for _ in range(10):
            super().ready_async(job)


def test_a_job_among_many_has_no_larger_picture_for_that():
    with Emulator(threads="simulated") as emu, emu.record() as recording:
        me = emu.attach()
        me.erl_ddll.load_driver(Burst, "burst_drv")
        me.port_command(me.open_port(("spawn_driver", "burst_drv"), ["binary"]), b"x")
        for _ in range(200):
            me.receive(timeout=1)
    for number in (1, 10, 20):
        diagram = recording.job(number).diagram()
        assert len(diagram.rows) < 30
        texts = [row.text for row in diagram.rows]
        assert texts.count("message to the owner") == MESSAGES
        assert "7 more messages" in texts
        assert any(row.detail.startswith("driver references") for row in diagram.rows)


def test_a_recording_of_a_part_of_a_life_can_be_drawn(emu):
    me = emu.attach()
    me.erl_ddll.load_driver(Shout, "shout_drv")
    port = me.open_port(("spawn_driver", "shout_drv"), ["binary"])
    me.port_command(port, b"x")
    with emu.record() as recording:
        me.receive(timeout=1)
    assert shown(recording.port(port).diagram()) == [("message", "port", "process", "message")]
    assert "message" in words(recording.port(port).svg())
    with pytest.raises(NotRecorded, match="no job 1 was asked for in this recording: there are none"):
        recording.job(1)


def test_what_is_not_there_is_refused_with_what_there_is(recording, tmp_path):
    with pytest.raises(NotRecorded, match=r"no job 9 .* the 6 that were have numbers from 1 to 6"):
        recording.job(9)
    with pytest.raises(NotRecorded, match=r"no port #Port<0.9> .* there are #Port<0.5>, #Port<0.6>"):
        recording.port(9)
    with pytest.raises(ExportError, match="no job 9"):
        export(recording, tmp_path / "job.svg", job=9)


def test_an_export_draws_the_job_or_port_asked_for_or_else_the_first_job(recording, tmp_path):
    for ending, method in ((".svg", "svg"), (".mmd", "mermaid")):
        file = tmp_path / f"picture{ending}"
        export(recording, file)
        assert file.read_text(encoding="utf-8") == getattr(recording.job(1), method)()
        export(recording, file, job=2)
        assert file.read_text(encoding="utf-8") == getattr(recording.job(2), method)()
        export(recording, file, port="#Port<0.6>")
        assert file.read_text(encoding="utf-8") == getattr(recording.port(6), method)()


def test_notebooks_show_pictures(recording):
    job = recording.job(1)
    assert job._repr_svg_() == job.svg()
    assert recording.port(5)._repr_mimebundle_()["image/svg+xml"].startswith("<svg")
    assert recording._repr_html_().startswith("<iframe")
    assert repr(job).startswith("<Job 1 of #Port<0.5> shout_drv")


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0, "0 ns"), (999, "999 ns"), (1000, "1.00 µs"), (12_345, "12.3 µs"), (345_678, "346 µs"),
     (1_000_000, "1.00 ms"), (12_000_000_000, "12.0 s"), (4_000_000_000_000, "4000 s")],
)  # fmt: skip
def test_durations_have_about_three_figures(nanoseconds, text):
    assert duration(nanoseconds) == text
