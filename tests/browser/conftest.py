"""A real browser, started when a test first asks for it.

Without one these tests are skipped, and say so: `./run.sh test` installs Debian's where it may.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Browser, Tab, find, running
from tests.picture.story import NOW, SPREAD, texts
from watcher.picture import story_page


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    binary = find()
    if binary is None:
        pytest.skip(
            "NOT TESTED IN A BROWSER: there is no Chromium here. Install the package chromium, or"
            " name the program: CHROMIUM=/path/to/chromium"
        )
    with running(binary) as started:
        yield started


@pytest.fixture
def tab(browser: Browser) -> Tab:
    """A new page, as wide as a desktop's."""
    opened = browser.tab()
    opened.look(1200)
    return opened


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on the story of hostile texts, as a file."""
    path = tmp_path_factory.mktemp("report") / "story.html"
    path.write_text(story_page(SPREAD, texts(), now=NOW), "utf-8")
    return path
