"""`feeds discover` against a real site on loopback: what it asks for, finds and says."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # ships no types
import pytest
import yaml
import zstandard

from tests.cli.conftest import Run
from tests.report.sample import NOW
from watcher import config
from watcher.cli.discover import Discovered, discover
from watcher.core.errors import FetchError
from watcher.fetch import Fetcher
from watcher.workers import Workers


@dataclass
class Site:
    """Answers by path: (content type, body), or a status."""

    url: str = ""
    answers: dict[str, tuple[str, bytes] | int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    encodings: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def site() -> Iterator[Site]:
    with _serving(Site()) as served:
        yield served


@contextmanager
def _serving(site: Site) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            answer = site.answers.get(self.path, 404)
            status, (kind, body) = (answer, ("", b"")) if isinstance(answer, int) else (200, answer)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if self.path in site.encodings:
                self.send_header("Content-Encoding", site.encodings[self.path])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(1) as pool:
        yield pool


def rss(name: str, *titles: str) -> tuple[str, bytes]:
    items = "".join(
        f"<item><title>{t}</title><link>/{name}/{n}</link>"
        f"<pubDate>{n + 1:02} May 2016 10:00:00 GMT</pubDate></item>"
        for n, t in enumerate(titles)
    )
    text = f'<rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'
    return "application/rss+xml", text.encode()


def page(head: str = "", body: str = "") -> tuple[str, bytes]:
    return (
        "text/html; charset=utf-8",
        f"<html><head>{head}</head><body>{body}</body></html>".encode(),
    )


def link(href: str, kind: str = "application/rss+xml") -> str:
    return f'<link rel="alternate" type="{kind}" href="{href}">'


def found(site: Site, workers: Workers, path: str = "/") -> Discovered:
    async def look() -> Discovered:
        async with Fetcher(allow_hosts=("127.0.0.1",), gap=0) as fetcher:
            return await discover(site.url + path, fetcher, workers, NOW)

    return asyncio.run(look())


def test_what_a_site_advertises_links_to_and_lists(site: Site, workers: Workers) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "notes",
        "items": [
            {"id": "1", "url": "/n/1", "title": "N", "date_published": "2016-05-02T00:00:00Z"}
        ],
    }
    sitemap = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>/s/1</loc>'
        "<news:news><news:publication_date>2016-05-03</news:publication_date>"
        "<news:title>S</news:title></news:news></url></urlset>"
    )
    index = (
        "<sitemapindex><sitemap><loc>/sitemap-2019.xml</loc></sitemap>"
        "<sitemap><loc>/sitemap-news.xml</loc></sitemap></sitemapindex>"
    )
    site.answers = {
        "/": page(
            link("/all.xml") + link("/same.xml") + link("/comments/feed/") + link("/gone.xml"),
            '<a href="/sport/rss">Sport</a> <a href="/about">About</a>'
            '<a href="https://elsewhere.example/feed">Not ours</a>',
        ),
        "/all.xml": rss("all", "One", "Two"),
        "/same.xml": rss("all", "One", "Two"),
        "/comments/feed/": rss("comments", "Re: One"),
        "/sport/rss": ("application/feed+json", json.dumps(feed).encode()),
        "/robots.txt": ("text/plain", b"User-agent: *\nDisallow: /x\nSitemap: /sitemap.xml\n"),
        "/sitemap.xml": ("text/xml", index.encode()),
        "/sitemap-news.xml": ("text/xml", sitemap.encode()),
    }
    answer = found(site, workers)
    short = [(c.url.removeprefix(site.url), c.format, c.entries, c.note)
             for c in answer.candidates]  # fmt: skip
    assert short == [
        ("/all.xml", "rss20", 2, ""),
        ("/same.xml", "rss20", 2, "same as above"),
        ("/comments/feed/", "rss20", 1, "comments"),
        ("/sport/rss", "json", 1, ""),
        ("/sitemap-news.xml", "sitemap", 1, ""),
    ]
    assert [str(c.newest)[:10] for c in answer.usable] == ["2016-05-02", "2016-05-02", "2016-05-03"]
    assert len(answer.failed) == 1
    assert "/gone.xml" in answer.failed[0]
    # Neither strangers nor the archives nor, since there are feeds, the usual places.
    assert not {"/about", "/sitemap-2019.xml", "/feed", "/rss"} & set(site.asked)
    assert len(site.asked) == len(set(site.asked)) + site.asked.count("/robots.txt") - 1


def test_the_usual_places_where_nothing_is_advertised(site: Site, workers: Workers) -> None:
    site.answers = {"/": page(), "/rss.xml": rss("quiet", "One"), "/feed.xml": page()}
    answer = found(site, workers)
    assert [(c.url.removeprefix(site.url), c.found) for c in answer.candidates] == [
        ("/rss.xml", "usual place")
    ]
    assert answer.failed == ()


def test_a_feed_that_is_given_is_taken(site: Site, workers: Workers) -> None:
    site.answers = {"/f": rss("direct", "One"), "/robots.txt": 404}
    answer = found(site, workers, "/f")
    assert [(c.url, c.found) for c in answer.candidates] == [(f"{site.url}/f", "given")]
    assert site.asked == ["/robots.txt", "/f"]


def test_a_site_that_forbids_it_or_is_not_there(site: Site, workers: Workers) -> None:
    with pytest.raises(FetchError):
        found(site, workers)  # 404
    site.answers = {"/": page(), "/robots.txt": ("text/plain", b"User-agent: *\nDisallow: /\n")}
    asked = len(site.asked)
    with pytest.raises(FetchError, match=r"robots\.txt forbids"):
        found(site, workers)
    assert site.asked[asked:] == ["/robots.txt"]


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_compressed_feeds_in_any_charset(site: Site, workers: Workers, coding: str) -> None:
    kind, body = rss("küste", "Hafen für Tage geschlossen")
    wide = body.decode().encode("utf-16")
    pack = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstandard.compress}[coding]
    site.answers = {"/f": (kind, pack(wide)), "/robots.txt": 404}
    site.encodings = {"/f": coding}
    (only,) = found(site, workers, "/f").candidates
    assert (only.title, only.entries) == ("küste", 1)


def test_the_command_prints_lines_to_paste(
    run: Run, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "feeds.yaml").write_text(
        "outlets: [{feeds: [https://a.example/]}]\npolling: {allow_hosts: [127.0.0.1]}\n"
    )
    # A feed itself: one request behind that for robots.txt, so that nobody waits for the gap.
    site.answers = {"/f": rss("Direct", "One")}
    result = run("feeds", "discover", f"{site.url}/f")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0].split() == ["FORMAT", "ENTRIES", "NEWEST", "URL", "NOTE"]
    pasted = yaml.safe_load(result.stdout.split("\n\n", 1)[1])
    assert pasted == {"outlets": [{"name": "Direct", "feeds": [f"{site.url}/f"]}]}
    (tmp_path / "feeds.yaml").write_text(
        result.stdout.split("\n\n", 1)[1] + "polling: {allow_hosts: [127.0.0.1]}\n"
    )
    config.load(tmp_path / "feeds.yaml", {})


def test_none_is_an_answer(run: Run, site: Site, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(
        "outlets: [{feeds: [https://a.example/]}]\npolling: {allow_hosts: [127.0.0.1]}\n"
    )
    site.answers = {"/f": rss("Empty")}
    result = run("feeds", "discover", f"{site.url}/f", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["note"] == "no entries"
    assert "None of them has entries to follow." in result.stderr
    assert run("feeds", "discover", "not a site").exit_code == 2
    # Guarded: an address that nobody allowed.
    (tmp_path / "feeds.yaml").unlink()
    assert run("feeds", "discover", f"{site.url}/f").exit_code == 3
