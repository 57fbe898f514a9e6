"""The timeline's page in a real Chromium. ``ERTS_EMU_REQUIRE_BROWSER=1`` makes a missing browser a failure."""

import os

import pytest

from erts_emu import Emulator
from erts_emu.observe.timeline import build_model, timeline_frame, timeline_html
from tests.observe.chromium import chromium, complaints, drawn, missing, open_timeline, prefer, requests, resize
from tests.observe.runs import ASYNC_THREADS, PORTS, recorded

REQUIRED = os.environ.get("ERTS_EMU_REQUIRE_BROWSER") == "1"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(missing()) and not REQUIRED, reason=f"not installed: {missing()}"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:selenium"),
]

STATE = """
    return Object.fromEntries([...document.querySelectorAll("#state [data-section]")].map((section) => [
      section.dataset.section,
      Object.fromEntries([...section.querySelectorAll("[data-row]")].map((row) => [
        row.dataset.row,
        Object.fromEntries([...row.querySelectorAll("[data-value]")].map((value) => [
          value.dataset.value, value.querySelector("b").textContent])),
      ])),
    ]));
"""
CHIPS = """
    return [...document.querySelectorAll(`[data-section="${arguments[0]}"] [data-row="${arguments[1]}"] .chip`)]
      .map((chip) => Number(chip.textContent));
"""


@pytest.fixture(scope="module")
def recording():
    return recorded()


@pytest.fixture(scope="module")
def model(recording):
    return build_model(recording)


@pytest.fixture(scope="module")
def page(recording, tmp_path_factory):
    path = tmp_path_factory.mktemp("timeline") / "run.html"
    path.write_text(timeline_html(recording, title="a run"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def started():
    with chromium() as driver:
        yield driver


@pytest.fixture
def driver(started, page):
    """The browser with the page, as it opens; whatever a test does must leave no complaint in the console."""
    resize(started, 1280, 800)
    prefer(started, "light")
    complaints(started)
    requests(started)
    open_timeline(started, page)
    yield started
    assert complaints(started) == []


def press(driver, *keys):
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(driver).send_keys(*keys).perform()
    drawn(driver)


def ask(driver, expression, *arguments):
    return driver.execute_script(f"const {{app, recording}} = window.timeline; return {expression};", *arguments)


def wait(driver):
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(driver, 60, poll_frequency=0.05)


def step(driver):
    return ask(driver, "app.selection.step")


def pixels(driver, colour):
    """How many pixels of the lanes have a colour of the style sheet, exactly."""
    return driver.execute_script(
        """
        const canvas = document.getElementById("lanes");
        const copy = new OffscreenCanvas(canvas.width, canvas.height);
        const context = copy.getContext("2d", {willReadFrequently: true});
        context.drawImage(canvas, 0, 0);
        context.fillStyle = window.timeline.app.palette[arguments[0]];
        const [red, green, blue] = context.fillStyle.match(/[0-9a-f]{2}/g).map((each) => parseInt(each, 16));
        const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let at = 0; at < data.length; at += 4)
          if (data[at] === red && data[at + 1] === green && data[at + 2] === blue) count++;
        return count;
        """,
        colour,
    )


def shown(state):
    return {title: {row: {key: str(value) for key, value in values.items()} for row, values in rows.items()}
            for title, rows in state.items()}  # fmt: skip


def test_it_shows_lanes_and_arrows_and_fetches_nothing(driver, model, page):
    groups = ask(driver, "recording.lanes.map((lane) => lane.group)")
    assert groups.count("Async threads") == ASYNC_THREADS
    assert groups.count("Ports") == PORTS
    assert ask(driver, "app.painter.inView") == len(model.jobs)
    assert driver.find_element("id", "title").text == "a run"
    assert [address for address in requests(driver) if address != "data:,"] == [page.as_uri()]


def test_arrows_of_a_selected_job_stand_out(driver, model):
    assert pixels(driver, "mark") == 0
    press(driver, "f")
    driver.execute_script("window.timeline.app.go(arguments[0])", model.jobs[4].invoke)
    drawn(driver)
    assert pixels(driver, "mark") > 100
    assert driver.find_element("css selector", "#details h3").text == f"Job {model.jobs[4].number} of #Port<0.5>"


def test_stepping_with_keys_shows_the_state_after_each_step(driver, model):
    from selenium.webdriver.common.keys import Keys

    driver.execute_script("window.timeline.app.go(arguments[0])", model.jobs[7].put - 1)
    seen = []
    for key, expected in [(Keys.ARROW_RIGHT, model.jobs[7].put), (Keys.ARROW_RIGHT, model.jobs[7].put + 1)]:
        press(driver, key)
        assert step(driver) == expected
        seen.append(driver.execute_script(STATE))
        assert seen[-1] == shown(model.state_at(expected))
    press(driver, Keys.ARROW_LEFT)
    assert driver.execute_script(STATE) == seen[0]
    assert str(model.jobs[7].put + 1) in driver.find_element("id", "now").text


def test_the_slider_shows_the_state_of_any_step(driver, model):
    last = len(model.steps) - 1
    job = model.jobs[9]
    for chosen in (0, job.put, job.get, job.done, job.ready, last * 4 // 5, last):
        driver.execute_script(
            "const slider = document.getElementById('slider'); slider.value = arguments[0];"
            "slider.dispatchEvent(new Event('input'));",
            chosen,
        )
        assert step(driver) == chosen
        assert driver.execute_script(STATE) == shown(model.state_at(chosen))
        for number in range(1, ASYNC_THREADS + 1):
            chips = driver.execute_script(CHIPS, "Thread queues", f"async_{number}")
            assert chips == model.queued_at(f"t{number}", chosen)[:8]
        assert driver.execute_script(CHIPS, "Ready queues", "scheduler 1") == model.queued_at("r1", chosen)[:8]


def test_home_end_and_j_jump(driver, model):
    from selenium.webdriver.common.keys import Keys

    press(driver, Keys.END)
    assert step(driver) == len(model.steps) - 1
    press(driver, Keys.HOME)
    assert step(driver) == 0
    job = model.jobs[3]
    driver.execute_script("window.timeline.app.go(arguments[0])", job.put)
    for station in (job.get, job.invoke, job.done, job.ready, job.end, job.put):
        press(driver, "j")
        assert step(driver) == station


def test_search_finds_steps_and_goes_through_them(driver, recording):
    from selenium.webdriver.common.keys import Keys

    press(driver, "/")
    press(driver, "driver_ready_async #Port<0.6>")
    found = sum(
        event.name == "driver_ready_async" and event.fields["port"] == "#Port<0.6>" for event in recording.events()
    )
    assert found == 10
    assert driver.find_element("id", "hits").text == str(found)
    press(driver, Keys.ENTER)
    assert driver.find_element("id", "hits").text == f"1 of {found}"
    press(driver, Keys.ENTER, Keys.ENTER)
    assert driver.find_element("id", "hits").text == f"3 of {found}"
    assert ask(driver, "recording.name(app.selection.step)") == "driver_ready_async"
    assert driver.find_element("css selector", "#details .event strong").text == "driver_ready_async"


def test_a_word_with_a_field_is_searched_in_that_field_only(driver, recording):
    press(driver, "/")
    press(driver, "job:7")
    found = sum(event.fields.get("job") == 7 for event in recording.events())
    assert driver.find_element("id", "hits").text == str(found) != "0"


def test_a_click_selects_a_slice_and_shows_it(driver, model):
    from selenium.webdriver.common.action_chains import ActionChains

    press(driver, "f")
    x, y = ask(
        driver,
        """(() => {
            const lane = recording.lanes.findIndex((each) => each.label === "async_1");
            const [first] = recording.lanes[lane].rows[0];
            const {sliceBegin} = recording.columns;
            const middle = (app.view.xOfStep(sliceBegin[first]) + app.view.xOfStep(recording.sliceEndStep(first))) / 2;
            return [app.painter.gutter + middle, app.layout.rowTop(lane, 0) + 26 - app.painter.scroll + 9];
        })()""",
    )
    canvas = driver.find_element("id", "lanes")
    left, top = -canvas.size["width"] / 2, -canvas.size["height"] / 2
    ActionChains(driver).move_to_element_with_offset(canvas, int(left + x), int(top + y)).click().perform()
    drawn(driver)
    texts = model.texts.all()
    lane = next(lane for lane in model.lanes if lane.label == "async_1")
    first = lane.rows[0][0]
    assert step(driver) == first.begin
    heads = [head.text.splitlines()[0] for head in driver.find_elements("css selector", "#details h3")]
    assert heads == [texts[first.label], f"Job {model.jobs[first.job].number} of #Port<0.5>"]


def test_zoom_and_pan_with_keys_wheel_and_drag(driver):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
    from selenium.webdriver.common.keys import Keys

    def view():
        drawn(driver)
        return ask(driver, "[app.view.start, app.view.end]")

    whole = view()
    press(driver, "w", "w")
    near = view()
    assert near[1] - near[0] < (whole[1] - whole[0]) / 2
    press(driver, "d")
    assert view()[0] > near[0]
    before = view()
    canvas = driver.find_element("id", "lanes")
    ActionChains(driver).drag_and_drop_by_offset(canvas, 120, 0).perform()
    assert view()[0] < before[0]
    press(driver, "f")
    assert view() == whole
    origin = ScrollOrigin.from_element(canvas)
    ActionChains(driver).key_down(Keys.CONTROL).scroll_from_origin(origin, 0, -300).key_up(Keys.CONTROL).perform()
    assert view()[1] - view()[0] < whole[1] - whole[0]


def test_it_fits_wide_and_narrow_windows_in_light_and_dark(driver):
    root = "document.documentElement"
    for size, scheme, background in [
        ((1280, 800), "light", "rgb(255, 255, 255)"),
        ((420, 760), "light", "rgb(255, 255, 255)"),
        ((1280, 800), "dark", "rgb(17, 21, 28)"),
        ((420, 760), "dark", "rgb(17, 21, 28)"),
    ]:
        resize(driver, *size)
        prefer(driver, scheme)
        drawn(driver)
        assert ask(driver, f"{root}.scrollWidth <= {root}.clientWidth && {root}.scrollHeight <= {root}.clientHeight")
        assert ask(driver, "app.lanes.width") > size[0] / 2
        assert pixels(driver, "page") > 1000
        assert ask(driver, "getComputedStyle(document.body).backgroundColor") == background


def test_a_slice_is_chosen_zoomed_to_and_its_group_folded_with_keys(driver, model):
    from selenium.webdriver.common.keys import Keys

    job = model.jobs[6]
    driver.execute_script("window.timeline.app.go(arguments[0])", job.invoke)
    press(driver, Keys.ENTER)
    chosen = ask(driver, "recording.slice(app.selection.slice)")
    assert (chosen["begin"], chosen["label"]) == (job.invoke, f"invoke {job.number}")
    press(driver, "z")
    left, right = ask(
        driver, "[app.view.xOfStep(arguments[0]), app.view.xOfStep(arguments[1])]", job.invoke, chosen["end"]
    )
    assert right - left > ask(driver, "app.view.width") / 3
    lanes = "app.layout.bands.filter((band) => band.lane?.group === 'Async threads').length"
    assert ask(driver, lanes) == ASYNC_THREADS
    press(driver, "g")
    assert ask(driver, lanes) == 0
    press(driver, "g")
    assert ask(driver, lanes) == ASYNC_THREADS


def test_a_recording_of_nothing_says_so(driver, tmp_path):
    with Emulator(threads="simulated") as emu, emu.record() as nothing:
        pass
    path = tmp_path / "nothing.html"
    path.write_text(timeline_html(nothing), encoding="utf-8")
    driver.get(path.as_uri())
    wait(driver).until(lambda each: each.find_element("id", "summary").text == "Nothing was recorded.")


def test_a_frame_in_a_notebook_shows_the_page_and_leaves_the_focus_where_it_was(driver, recording, tmp_path):
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><input autofocus>{timeline_frame(recording)}", encoding="utf-8")
    driver.get(path.as_uri())
    driver.switch_to.frame(0)
    wait(driver).until(lambda each: each.execute_script("return !!window.timeline"))
    assert ask(driver, "app.lanes.width") > 300
    driver.switch_to.default_content()
    assert driver.switch_to.active_element.tag_name == "input"


def test_the_help_lists_the_keys_and_everything_has_a_name(driver):
    from selenium.webdriver.common.keys import Keys

    press(driver, "?")
    assert ask(driver, "document.getElementById('help').open")
    assert "follow the job" in driver.find_element("id", "keys").text
    press(driver, Keys.ESCAPE)
    assert not ask(driver, "document.getElementById('help').open")
    nameless = ask(
        driver,
        """[...document.querySelectorAll("button, input, canvas, section, aside")].filter((each) =>
            !(each.getAttribute("aria-label") || each.getAttribute("aria-labelledby") || each.textContent.trim()))
            .map((each) => each.id)""",
    )
    assert nameless == []
