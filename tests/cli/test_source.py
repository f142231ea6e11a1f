"""Texts named on the command line: files, pages, standard input, stored articles."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.report.sample import NOW, TEXT
from watcher.cli.base import Setup
from watcher.cli.source import read_source
from watcher.core.errors import FetchError, Refused, UsageError

# The simhash package is compiled on its first import, with a regular expression in a docstring.
pytestmark = pytest.mark.filterwarnings("ignore:.*invalid escape sequence")

PARAGRAPH = (
    "The leaked cable names three officers who ordered the strike on the bridge, say two people"
    " who read it before it went to the ministry, and it says so twice."
)
PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>Cable | Times</title>
<meta property="og:title" content="The cable"></head>
<body><nav><a href="/">Home</a></nav><article><h1>The cable</h1>
<p>{PARAGRAPH}</p><p>{PARAGRAPH.replace("three", "four")}</p></article></body></html>"""


@pytest.fixture
def setup(tmp_path: Path, db: str, monkeypatch: pytest.MonkeyPatch) -> Setup:
    """In an empty folder, with a feeds.yaml that allows loopback."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feeds.yaml").write_text(
        "outlets: [{feeds: [https://times.example/rss]}]\npolling: {allow_hosts: [127.0.0.1]}\n"
    )
    return Setup(db=db, clock=lambda: NOW, env={})


@pytest.fixture
def site() -> Iterator[str]:
    """One page on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/cable"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE.encode() if found else b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_text_file_is_taken_as_it_is(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfA text.\nOf two lines.")
    source = read_source(setup, "a.txt")
    assert (source.name, source.title, source.text) == ("a.txt", "", "A text.\nOf two lines.")
    assert source.words == 5


def test_bytes_that_are_not_utf8_are_read_as_windows_has_them(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"caf\xe9 \x93quoted\x94")
    assert read_source(setup, "a.txt").text == "café “quoted”"


def test_a_saved_page_is_reduced_to_its_article(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "page").write_text("<!-- saved -->\n" + PAGE)
    source = read_source(setup, "page")
    assert source.title == "The cable"
    assert source.text.splitlines()[-2:] == [PARAGRAPH, PARAGRAPH.replace("three", "four")]


def test_a_page_is_fetched(setup: Setup, site: str) -> None:
    source = read_source(setup, f"{site}/cable")
    assert source.name == f"{site}/cable"
    assert PARAGRAPH in source.text
    with pytest.raises(FetchError, match="404"):
        read_source(setup, f"{site}/other")


def test_a_private_address_is_refused_unless_allowed(
    setup: Setup, site: str, tmp_path: Path
) -> None:
    (tmp_path / "feeds.yaml").unlink()
    with pytest.raises(Refused, match="allow_hosts"):
        read_source(setup, f"{site}/cable")


def test_a_stored_article_is_read(setup: Setup) -> None:
    for given in ("#11", "11"):
        source = read_source(setup, given)
        assert (source.name, source.text) == ("#11 Agency", TEXT)


def test_a_file_is_meant_before_an_article_of_that_number(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "11").write_text("a file")
    assert read_source(setup, "11").text == "a file"
    assert read_source(setup, "#11").text == TEXT


def test_standard_input_is_read(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("piped ä".encode())))
    assert read_source(setup, "-").text == "piped ä"


@pytest.mark.parametrize(
    ("given", "said"),
    [("nothing", "no file"), ("#99", "no article"), ("#31", "no longer kept"), (".", "no file")],
)
def test_what_is_not_there_is_said(setup: Setup, given: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_source(setup, given)


def test_a_file_too_large_for_an_article_is_refused(setup: Setup, tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(8_000_001)
    with pytest.raises(UsageError, match="larger than 8 MB"):
        read_source(setup, "big")
