"""The service by hand: a round of polls against a feed on loopback, and the daemon itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

# The simhash package is compiled on its first import, with a regular expression in a docstring;
# Apprise's plugins import imghdr, which is gone from Python 3.13 on.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*invalid escape sequence"),
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]

ITEM = """<item><title>Item {n}</title><guid>{n}</guid><description>{text}</description></item>"""
TEXT = (
    "The council of the lower valley met on {n} evenings this month to hear from the people who"
    " live below the dam, and each evening ended with the same question and without an answer to"
    " it. Nobody from the ministry came to any of the meetings, although chairs had been kept. "
)


def feed() -> bytes:
    items = "".join(ITEM.format(n=n, text=TEXT.format(n=n) * 3) for n in range(3))
    return f'<rss version="2.0"><channel><title>Valley</title>{items}</channel></rss>'.encode()


@pytest.fixture
def outlet() -> Iterator[str]:
    """The address of a feed on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/rss"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/rss+xml")
            self.end_headers()
            self.wfile.write(feed() if found else b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/rss"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def config(run: Run, tmp_path: Path, outlet: str) -> Path:
    """A feeds.yaml with that one feed, its articles taken from the feed alone."""
    file = tmp_path / "feeds.yaml"
    file.write_text(
        f"outlets: [{{name: Valley, domain: valley.example, feeds: [{{url: '{outlet}',"
        " full_text: never}]}]\n"
        "polling: {allow_hosts: [127.0.0.1], workers: 1}\n"
        f"storage: {{url: 'sqlite:///{tmp_path / 'var' / 'w.db'}'}}\n"
    )
    return file


def test_a_round_is_planned_polled_and_reported(run: Run, config: Path, outlet: str) -> None:
    planned = run("poll", "--dry-run", "--json")
    assert planned.exit_code == 0, planned.stderr
    row = json.loads(planned.stdout)
    assert row["feed"] == outlet
    assert set(row) == {"feed", "due", "next_at", "reason"}
    polled = run("poll", "Valley", "--json")
    assert polled.exit_code == 0, polled.stderr
    row = json.loads(polled.stdout)
    assert (row["outcome"], row["entries"], row["fresh"]) == ("ok", 3, 3)
    (listed,) = map(json.loads, run("feeds", "list", "--json").stdout.splitlines())
    assert (listed["state"], listed["title"]) == ("ok", "Valley")
    assert len(run("export", "sightings").stdout.splitlines()) == 3
    assert run("feeds", "show", "valley.example").stdout.count("  ok        200 ") == 1


def test_a_name_that_means_no_feed_is_bad_usage(run: Run, config: Path) -> None:
    result = run("poll", "nowhere.example")
    assert result.exit_code == 2
    assert "nowhere.example" in result.stderr


def test_a_feed_that_cannot_be_read_is_worth_retrying(run: Run, config: Path, outlet: str) -> None:
    config.write_text(config.read_text().replace("/rss", "/gone"))
    result = run("poll")
    assert result.exit_code == 3
    assert "failed" in result.stdout
    assert "404" in json.loads(run("feeds", "list", "--json").stdout)["error"]


def test_the_daemon_runs_until_it_is_told_to_stop(run: Run, config: Path, tmp_path: Path) -> None:
    daemon = subprocess.Popen(
        [sys.executable, "-m", "watcher", "run"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        deadline = time.monotonic() + 60
        while run("status").exit_code or "never" in run("status").stdout.splitlines()[0]:
            assert daemon.poll() is None, daemon.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert run("status").stdout.startswith("Daemon      ")
    finally:
        daemon.send_signal(signal.SIGTERM)
        said = daemon.communicate(timeout=30)[1]
    assert daemon.returncode == 0, said
    assert "running" in said


@pytest.mark.parametrize("command", [["run"], ["poll"], ["check"]])
def test_without_a_configuration_nothing_is_polled(run: Run, command: list[str]) -> None:
    result = run(*command)
    assert result.exit_code == 2
    assert "feeds.yaml" in result.stderr


def test_the_schema_is_for_editors_and_needs_no_configuration(run: Run) -> None:
    result = run("check", "--schema")
    assert result.exit_code == 0
    assert "outlets" in json.loads(result.stdout)["properties"]
