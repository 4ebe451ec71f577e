"""A headless Chromium that remembers what a page asked for and complained about."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-unsafe-swiftshader",  # WebGL without a graphics card
    "--window-size=1280,900",
)  # fmt: skip
_TIMEOUT = 60.0


class Browser:
    """One window. It waits for what a page does by itself, however slow the machine is."""

    def __init__(self, binary: str, driver: str, profile: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = binary
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(driver))

    def open(self, page: Path, *, width: int = 1280, dark: bool = False) -> None:
        """Open a page from the disk, and wait for its table."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get("about:blank")
        self.logs("performance"), self.logs("browser")
        self.driver.get(page.as_uri())
        self.until("return document.getElementById('trials').dataset.drawn")

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script in the page returns."""
        return self.driver.execute_script(script, *arguments)

    def until(self, script: str, *arguments: Any) -> Any:
        """Wait until a script in the page returns what is true; that."""
        end = time.monotonic() + _TIMEOUT
        while not (found := self.run(script, *arguments)):
            assert time.monotonic() < end, f"never came true: {script}"
            time.sleep(0.05)
        return found

    def see(self, selector: str) -> None:
        """Bring a picture into sight, and wait until it is drawn."""
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
        self.until("return document.querySelector(arguments[0]).dataset.drawn", selector)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press the mouse at a place in the window, and let go at another."""
        actions = ActionChains(self.driver, duration=50)
        pointer = actions.w3c_actions.pointer_action
        pointer.move_to_location(*map(round, start))
        pointer.pointer_down()
        for part in (0.25, 0.5, 0.75, 1.0):
            pointer.move_to_location(*(round(a + (b - a) * part) for a, b in zip(start, end, strict=True)))
        pointer.pointer_up()
        actions.perform()

    def logs(self, kind: str) -> list[dict[str, Any]]:
        """What the browser has noted since the last time."""
        found: list[dict[str, Any]] = self.driver.get_log(kind)
        return found

    def requests(self) -> list[str]:
        """The addresses that were asked for since the page was opened."""
        events = (json.loads(entry["message"])["message"] for entry in self.logs("performance"))
        return [
            one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"
        ]

    def close(self) -> None:
        """End the browser."""
        self.driver.quit()
