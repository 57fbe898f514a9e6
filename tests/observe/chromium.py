"""A real Chromium, driven through selenium: how to start it, and what to ask it about a page."""

import json
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMEDRIVER = shutil.which("chromedriver")
FLAGS = """--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars""".split()


def missing() -> str:
    """What is not installed here; nothing if a browser can be started."""
    parts = [name for name, found in (("chromium", CHROMIUM), ("chromedriver", CHROMEDRIVER)) if found is None]
    try:
        import selenium  # noqa: F401
    except ImportError:
        parts.append("selenium")
    return " and ".join(parts)


@contextmanager
def chromium(width: int = 1280, height: int = 800):
    """A running browser; closed at the end."""
    from selenium import webdriver

    with TemporaryDirectory(prefix="chromium") as home:
        options = webdriver.ChromeOptions()
        for flag in (*FLAGS, f"--user-data-dir={home}", f"--window-size={width},{height}"):
            options.add_argument(flag)
        options.binary_location = str(CHROMIUM)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(CHROMEDRIVER)))
        try:
            resize(driver, width, height)
            yield driver
        finally:
            driver.quit()


def resize(driver: Any, width: int, height: int) -> None:
    """Give the page exactly this many pixels."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def prefer(driver: Any, scheme: str) -> None:
    """Have the reader prefer ``"light"`` or ``"dark"`` colours."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def open_timeline(driver: Any, path: Path) -> None:
    """Load a timeline's page and wait until it is drawn."""
    from selenium.webdriver.support.wait import WebDriverWait

    driver.get(path.as_uri())
    WebDriverWait(driver, 60, poll_frequency=0.05).until(lambda each: each.execute_script("return !!window.timeline"))
    drawn(driver)


def drawn(driver: Any) -> None:
    """Wait until the next picture has been drawn."""
    driver.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));"
    )


def complaints(driver: Any) -> list[str]:
    """What stands in the console since the last call."""
    return [entry["message"] for entry in driver.get_log("browser")]


def requests(driver: Any) -> list[str]:
    """The addresses that pages have asked for since the last call."""
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    return [
        message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"
    ]
