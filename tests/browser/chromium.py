"""A real Chromium without a driver: the Chrome DevTools Protocol over its debugging pipe."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE_S = 60.0

_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--lang=en-US",
    "--remote-debugging-pipe",
    "about:blank",
)


# The browser reads commands from descriptor 3 and answers on 4.
_JOIN = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3]]
for ours, theirs in zip(pipes, (3, 4)):
    os.dup2(ours, theirs)
os.execvp(sys.argv[3], sys.argv[3:])
"""


def find() -> str | None:
    """The browser: the one that CHROMIUM names, else one of the usual names on the PATH."""
    named = os.environ.get("CHROMIUM")
    return named or next((found for name in _NAMES if (found := shutil.which(name))), None)


class Tab:
    """One page of the browser, and what it did: `requests`, `problems`."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self.requests: list[str] = []
        self.problems: list[str] = []
        for domain in ("Page", "Runtime", "Network", "Log", "Accessibility", "DOM"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol, and its result."""
        return self._browser.send(method, parameters, self._session, self._heard)

    def _heard(self, method: str, given: dict[str, Any]) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.requests.append(given["request"]["url"])
            case "Runtime.exceptionThrown":
                self.problems.append(str(given["exceptionDetails"].get("text")))
            case "Runtime.consoleAPICalled":
                self.problems.append(f"console: {given['args']}")
            case "Log.entryAdded":
                self.problems.append(str(given["entry"]["text"]))

    def open(self, path: Path, *, scripts: bool = True) -> None:
        """Show a file and wait until it is loaded."""
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.requests.clear()
        self.problems.clear()
        self.send("Page.navigate", url=path.as_uri())
        self._browser.wait_for("Page.loadEventFired", self._session, self._heard)
        self.see()

    def see(self) -> None:
        """Take in what has happened since."""
        self.send("Runtime.evaluate", expression="1")

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        found = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def look(
        self, width: int, height: int = 900, *, dark: bool = False, calm: bool = False
    ) -> None:
        """Set the window's size, and what the reader prefers."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if calm else "no-preference"},
        ]
        self.send("Emulation.setEmulatedMedia", features=features)

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            self.send(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **({"text": text} if text and kind == "keyDown" else {}),
            )

    def screenshot(self, path: Path, *, y: int = 0, height: int | None = None) -> None:
        """The page as PNG, whole or from `y` on."""
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": y, "width": size["width"], "height": height or size["height"]}
        shot = self.send(
            "Page.captureScreenshot", clip={**clip, "scale": 1}, captureBeyondViewport=True
        )
        path.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self) -> bytes:
        """The page as it prints, on A4."""
        found = self.send(
            "Page.printToPDF", preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.69
        )
        return base64.b64decode(found["data"])


class Browser:
    """A running browser without a window."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = read, write
        self._number = 0
        self._buffer = b""

    def tab(self) -> Tab:
        """A new page."""
        target = self.send("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})
        return Tab(self, session["sessionId"])

    def send(
        self, method: str, parameters: dict[str, Any], session: str | None = None, heard: Any = None
    ) -> dict[str, Any]:
        """Send a command; what else the browser says until it answers goes to `heard`."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters}
        if session:
            asked["sessionId"] = session
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == self._number:
                assert "error" not in said, f"{method}: {said['error']}"
                return dict(said["result"])
            self._tell(said, session, heard)

    def wait_for(self, event: str, session: str, heard: Any) -> None:
        """Read on until the browser says so."""
        while True:
            said = self._next()
            self._tell(said, session, heard)
            if said.get("method") == event and said.get("sessionId") == session:
                return

    @staticmethod
    def _tell(said: dict[str, Any], session: str | None, heard: Any) -> None:
        if heard and said.get("sessionId") == session and "method" in said:
            heard(said["method"], said["params"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], _PATIENCE_S)
            assert ready, f"the browser has said nothing for {_PATIENCE_S:.0f} s"
            more = os.read(self._read, 1 << 20)
            assert more, "the browser has gone"
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(line))


@contextlib.contextmanager
def running(binary: str) -> Iterator[Browser]:
    """Start the browser with a profile of its own; closed and cleared away at the end."""
    ours_read, theirs_write = os.pipe()
    theirs_read, ours_write = os.pipe()
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                _JOIN,
                f"{theirs_read}",
                f"{theirs_write}",
                binary,
                f"--user-data-dir={profile}",
                *_FLAGS,
            ],
            pass_fds=(theirs_read, theirs_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": profile, "TZ": "Asia/Kolkata"},
        )
        os.close(theirs_read)
        os.close(theirs_write)
        try:
            yield Browser(ours_read, ours_write)
        finally:
            process.terminate()
            process.wait(_PATIENCE_S)
            os.close(ours_read)
            os.close(ours_write)
