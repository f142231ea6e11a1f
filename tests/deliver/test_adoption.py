"""The picture in a mail, from a real archive."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.report.sample import NOW, make
from watcher.deliver.adoption import adoption_picture


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the sample archive."""
    return make(tmp_path_factory.mktemp("archive") / "watcher.db")


def test_a_story_is_drawn_with_words_for_those_who_do_not_see_it(url: str) -> None:
    picture = adoption_picture(url, 1, now=NOW)
    assert picture is not None
    assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(picture.png) < 200_000
    assert picture.says.startswith("Adoption: ")


def test_where_nothing_can_be_drawn_there_is_no_picture(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert adoption_picture(url, 999, now=NOW) is None
    caplog.set_level(logging.INFO)
    nowhere = f"sqlite:///{tmp_path / 'none.db'}"
    assert adoption_picture(nowhere, 1, now=NOW) is None
    assert adoption_picture(nowhere, 1, now=NOW) is None
    assert caplog.text.count("without the picture") == 1
