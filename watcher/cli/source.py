"""A text named on the command line: an address, a file, standard input or a stored article."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watcher.cli.base import Setup
from watcher.core.errors import UsageError

# A text longer than this is not an article; a page may carry much more than its text.
_MOST_BYTES = 8_000_000
_PAGE_SECONDS = 20.0

_ARTICLE = re.compile(r"#?(\d{1,18})")
_URL = re.compile(r"https?://", re.IGNORECASE)
_MARKUP = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)", re.I | re.S
)


@dataclass(frozen=True, slots=True)
class Source:
    """A text and what to call it. `title` is empty where none is known."""

    name: str
    title: str
    text: str

    @property
    def words(self) -> int:
        """As matching counts them: in scripts without spaces each character is one."""
        from watcher.core.text import words

        return len(words(self.text))


def read_source(setup: Setup, given: str) -> Source:
    """The text that `given` names: URL, file, `-`, or `#12` for an article of the database.

    Bare digits are a file where there is one, else an article. Raises UsageError where there is
    no such thing, FetchError where a page cannot be had.
    """
    if given == "-":
        return _from_bytes(setup, "standard input", sys.stdin.buffer.read(_MOST_BYTES + 1))
    if _URL.match(given):
        return _run(_fetched(setup, given))
    path = Path(given)
    if path.is_file():
        with path.open("rb") as file:
            return _from_bytes(setup, given, file.read(_MOST_BYTES + 1))
    article = _ARTICLE.fullmatch(given)
    if article is not None:
        return _from_database(setup, int(article[1]))
    raise UsageError(f"{given} is no file, and no address that begins with http:// or https://.")


def _run(read: Coroutine[Any, Any, Source]) -> Source:
    import asyncio

    return asyncio.run(read)


def _from_bytes(setup: Setup, name: str, data: bytes) -> Source:
    if len(data) > _MOST_BYTES:
        raise UsageError(f"{name} is larger than {_MOST_BYTES // 1_000_000} MB: not an article.")
    if _MARKUP.match(data.removeprefix(codecs.BOM_UTF8)):
        return _run(_extracted(setup, name, data, "", ""))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return Source(name, "", text)


async def _fetched(setup: Setup, url: str) -> Source:
    from watcher.config import Polling
    from watcher.fetch import Fetcher

    config = setup.usable_config()
    polling = Polling() if config is None else config.polling
    async with Fetcher(
        user_agent=polling.user_agent,
        timeout=polling.timeout,
        allow_hosts=polling.allow_hosts,
    ) as fetcher:
        found = await fetcher.get(url, now=setup.clock(), accept="page", max_bytes=_MOST_BYTES)
    return await _extracted(setup, found.url, found.body or b"", found.url, found.content_type)


async def _extracted(setup: Setup, name: str, html: bytes, url: str, content_type: str) -> Source:
    from watcher.reading import read_page
    from watcher.workers import Workers

    # In a worker: a page from the open web may take minutes, or all the memory there is.
    with Workers(1) as workers:
        page = await workers.run(
            read_page, html, url, content_type, setup.clock(), timeout=_PAGE_SECONDS
        )
    return Source(name, page.title, page.text)


def _from_database(setup: Setup, article_id: int) -> Source:
    from watcher.report import open_reader

    with open_reader(setup.database_url()) as reader:
        found = reader.article(article_id)
    if found is None:
        raise UsageError(f"There is no article #{article_id} in the database, nor such a file.")
    if found.text is None:
        raise UsageError(f"The text of article #{article_id} is no longer kept.")
    return Source(f"#{article_id} {found.outlet}", found.title, found.text)
