"""What is a list of articles, and what only looks a little like one."""

from __future__ import annotations

import pytest

from tests.texts import made_up
from watcher.core.listing import listing

PROSE = made_up(3, 14)
HEADLINES = "\n".join(f"The {n}th dam was inspected on Monday morning" for n in range(12))
VERSE = "\n".join(f"and the river went its {n}th way," for n in range(12))


@pytest.mark.parametrize(
    ("url", "title", "text", "reason"),
    [
        (
            "https://valley.example/tag/dam/",
            "Dam",
            HEADLINES,
            "the address has /tag/, 12 of 12 paragraphs are headlines",
        ),
        (
            "https://valley.example/category/world/page/3",
            "Category: World",
            PROSE,
            'the address has /category/, the title begins with "Category: W"',
        ),
        (
            "https://valley.example/?s=dam",
            "Search results for dam",
            "",
            'the address has ?s=, the title begins with "Search results"',
        ),
        (
            None,
            "Archives for May",
            HEADLINES,
            'the title begins with "Archives for", 12 of 12 paragraphs are headlines',
        ),
    ],
)
def test_two_signs_make_a_list(url: str | None, title: str, text: str, reason: str) -> None:
    assert listing(url, title, text) == (True, reason)


@pytest.mark.parametrize(
    ("url", "title", "text", "page_type", "reason"),
    [
        ("https://valley.example/2026/dam", "The dam", PROSE, "", "nothing points to a list"),
        ("https://valley.example/topics/dam-breaks", "The dam", PROSE, "", "only the address has"),
        ("https://valley.example/tag/world/2026/03/dam", "Dam", HEADLINES, "", "only 12 of 12"),
        ("https://valley.example/poem", "The river", VERSE, "", "only 12 of 12 paragraphs"),
        ("https://valley.example/poem", "Tag, and other games", PROSE, "", "nothing points"),
        ("https://valley.example/tag/dam", "Dam", HEADLINES, "article", "the page calls itself"),
        ("http://[broken/tag/dam", "Dam", HEADLINES, "", "only 12 of 12"),
        (None, "", "", "", "nothing points to a list"),
    ],
)
def test_one_sign_makes_none(
    url: str | None, title: str, text: str, page_type: str, reason: str
) -> None:
    found = listing(url, title, text, page_type)
    assert not found.ok
    assert found.reason.startswith(reason)
