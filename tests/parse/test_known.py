"""What is left out of a document is what the full path would have said again, key for key."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher import parse
from watcher.core.errors import ParseError
from watcher.core.values import Date, Entry, ParsedFeed
from watcher.parse import known
from watcher.record.drafting import entry_key
from watcher.record.prepare import key

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
URL = "https://coast.example/feeds/all.xml"
FEEDS = Path(__file__).parents[3] / "shared" / "data" / "feeds" / "real200.tar.gz"

Item = tuple[str, str, str, str, int]  # guid, link, title, text, minutes


def keys(entries: Sequence[Entry]) -> list[int]:
    return [key("entry", entry_key(entry)) for entry in entries]


def rss(items: Sequence[Item], head: str = "") -> str:
    written = [
        f"<item><title>{escape(title)}</title>{f'<guid>{guid}</guid>' if guid else ''}"
        f"{f'<link>{link}</link>' if link else ''}<description>{escape(text)}</description>"
        f"<pubDate>{format_datetime(NOW - timedelta(minutes=ago))}</pubDate></item>\n"
        for guid, link, title, text, ago in items
    ]
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Coast</title>{head}\n'
        f"{''.join(written)}</channel></rss>"
    )


def rdf(items: Sequence[Item], head: str = "") -> str:
    written = [
        f'<item rdf:about="{guid or title}"><title>{escape(title)}</title>'
        f"{f'<link>{link}</link>' if link else ''}<description>{escape(text)}</description>"
        f"<dc:date>{(NOW - timedelta(minutes=ago)).isoformat()}</dc:date></item>"
        for guid, link, title, text, ago in items
    ]
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns="http://purl.org/rss/1.0/">'
        f"<channel><title>Coast</title>{head}</channel>{''.join(written)}</rdf:RDF>"
    )


def atom(items: Sequence[Item], head: str = "") -> str:
    written = [
        f'<entry xml:base="/a/"><title type="html">{escape(escape(title))}</title>'
        f"{f'<id>{guid}</id>' if guid else ''}"
        + (f'<link href="{link}"/>' if link else "")
        + f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{escape(text)}</div>'
        f"</content><updated>{(NOW - timedelta(minutes=ago)).isoformat()}</updated></entry>"
        for guid, link, title, text, ago in items
    ]
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Coast</title>{head}'
        f"{''.join(written)}</feed>"
    )


def whole(document: bytes) -> ParsedFeed:
    return parse.feed(document, url=URL, content_type="", now=NOW)


def plain(date: Date | None) -> tuple[datetime | None, str | None] | None:
    return date and (date.at and date.at.replace(microsecond=0), date.note)


def follow(documents: Sequence[bytes], url: str = URL) -> list[int]:
    """Read one document after the other as a poll does; how many entries were left out of each."""
    remembered, left_out = b"", []
    for document in documents:
        expected = parse.feed(document, url=url, content_type="", now=NOW)
        got = known.read(document, url=url, content_type="", now=NOW, remembered=remembered)
        ours = keys(got.parsed.entries)
        # The same entries, under the same keys, with the same publications.
        assert {*ours, *(k.key for k in got.known)} == set(keys(expected.entries))
        mine = [k.date for k in got.known] + [e.published or e.updated for e in got.parsed.entries]
        assert set(map(plain, mine)) == {plain(e.published or e.updated) for e in expected.entries}
        # And what is read is what the full path makes of it, to the letter.
        assert set(got.parsed.entries) <= set(expected.entries)
        assert (got.parsed.title, got.parsed.lang, got.parsed.hints, got.parsed.format) == (
            expected.title,
            expected.lang,
            expected.hints,
            expected.format,
        )
        remembered = known.remember(got, ours)
        left_out.append(len(got.known))
    return left_out


NEWS: list[Item] = [
    (f"tag:{n}", f"/2026/{n}", f"Pier & quay {n}", f"The {n}th <b>crane</b> stands.", 60 * n)
    for n in range(9)
]


@pytest.mark.parametrize("written", [rss, rdf, atom])
def test_entries_of_the_last_document_are_left_out(written: object) -> None:
    assert callable(written)
    first, second = written(NEWS[3:]), written(NEWS[:7])
    assert follow([first.encode(), second.encode(), second.encode()]) == [0, 4, 7]


def test_only_new_entries_reach_the_slow_parser() -> None:
    first = known.read(rss(NEWS[1:]).encode(), url=URL, content_type="", now=NOW)
    remembered = known.remember(first, keys(first.parsed.entries))
    second = known.read(
        rss(NEWS).encode(), url=URL, content_type="", now=NOW, remembered=remembered
    )
    assert [entry.title for entry in second.parsed.entries] == ["Pier & quay 0"]
    assert [k.date and k.date.at for k in second.known] == [
        NOW - timedelta(hours=n) for n in range(1, 9)
    ]


def test_an_edit_a_new_place_or_a_new_frame_is_read_again() -> None:
    remembered = known.remember(
        first := known.read(atom(NEWS).encode(), url=URL, content_type="", now=NOW),
        keys(first.parsed.entries),
    )

    def read(text: str, url: str = URL) -> int:
        got = known.read(text.encode(), url=url, content_type="", now=NOW, remembered=remembered)
        return len(got.known)

    edited = atom(NEWS).replace("The 3th", "The third")
    assert read(atom(NEWS)) == 9
    assert read(edited) == 8
    assert read(atom(NEWS), url="https://new.example/feed") == 0
    assert read(atom(NEWS).replace('xml:lang="en"', 'xml:lang="en" xml:base="/b/"')) == 0


def test_what_is_to_be_read_again_is_not_remembered() -> None:
    first = known.read(rss(NEWS).encode(), url=URL, content_type="", now=NOW)
    held = keys(first.parsed.entries)
    held[4] = 0
    second = known.read(
        rss(NEWS).encode(),
        url=URL,
        content_type="",
        now=NOW,
        remembered=known.remember(first, held),
    )
    assert [entry.title for entry in second.parsed.entries] == ["Pier & quay 4"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("Pier & quay 2", "Pier & quay &nosuch; 2").replace("&amp;", "&"),
        lambda text: '<!DOCTYPE rss [<!ENTITY a "b">]>' + text.partition("?>")[2],
        lambda text: text.replace("</channel>", "<item/></channel>"),
        lambda text: text.replace("<guid>tag:5", "<item><title>in</title></item><guid>tag:5"),
        lambda text: (
            text.replace("</channel>", text[text.index("<item") : text.index("</item>")])
            + "</item></channel></rss>"
        ),
        lambda text: text.removesuffix("</channel></rss>"),
        lambda text: text.replace("tag:5", "tag:6"),
        lambda text: text.replace("/2026/5<", "/2026/6<"),
        lambda text: "Notice: undefined index\n" + text,
        lambda text: text.replace("<channel>", "<channel></channel><channel>"),
    ],
)
def test_a_document_in_doubt_is_read_whole(spoil: object) -> None:
    assert callable(spoil)
    first = rss(NEWS[4:])
    assert follow([first.encode(), spoil(rss(NEWS)).encode(), first.encode()])[1] == 0


def test_a_new_entry_that_shares_its_guid_or_link_with_a_known_one() -> None:
    again = [("tag:3", "/2026/new", "Another", "text", 1), *NEWS]
    linked = [("tag:99", "/2026/3", "Another", "text", 1), *NEWS]
    for second in (again, linked):
        assert follow([rss(NEWS).encode(), rss(second).encode()]) == [0, 0]


ITEM = st.tuples(
    st.sampled_from(["", "", "a", "b", "c", "d", "e"]),
    st.sampled_from(["", "/1", "/2", "/3", "/4"]),
    st.sampled_from(["Fire", "Flood & frost", "<b>Ice</b>", "Übung", "]]&gt;", ""]),
    st.sampled_from(["", "one", "two <i>three</i>", "a < b & c", "x\n\ny"]),
    st.integers(0, 5),
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([rss, rdf, atom]),
    st.lists(
        st.tuples(st.lists(ITEM, max_size=6), st.sampled_from(["", "<ttl>30</ttl>", "<x>&</x>"])),
        min_size=2,
        max_size=5,
    ),
)
def test_whatever_a_feed_shows_nothing_is_lost_or_changed(
    written: object, history: list[tuple[list[Item], str]]
) -> None:
    assert callable(written)
    follow([written(items, head).encode() for items, head in history])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 60))
def test_spoiled_bytes_give_what_the_full_path_gives(junk: bytes, at: int, cut: int) -> None:
    good = rss(NEWS[:4]).encode()
    bad = good[:at] + junk + good[at + cut :]
    first = known.read(good, url=URL, content_type="", now=NOW)
    remembered = known.remember(first, keys(first.parsed.entries))
    try:
        expected = set(keys(whole(bad).entries))
    except ParseError as error:
        with pytest.raises(ParseError, match=re.escape(str(error))):
            known.read(bad, url=URL, content_type="", now=NOW, remembered=remembered)
        return
    got = known.read(bad, url=URL, content_type="", now=NOW, remembered=remembered)
    assert {*keys(got.parsed.entries), *(k.key for k in got.known)} == expected


@pytest.mark.corpus
def test_real_feeds_key_for_key() -> None:
    if not FEEDS.exists():
        pytest.skip(f"NOT TESTED on real feeds: {FEEDS} is not there")
    read = left_out = 0
    with tarfile.open(FEEDS) as archive:
        for member in archive.getmembers()[::3]:
            stream = archive.extractfile(member) if member.isfile() else None
            body = stream.read() if stream else b""
            items = list(re.finditer(rb"<(item|entry)[ >].*?</\1>\s*", body, re.DOTALL))
            if len(items) < 6 or len(body) > 400_000:
                continue
            # As it was before its first three entries came, and as it is.
            before = body[: items[0].start()] + body[items[2].end() :]
            try:
                counts = follow([before, body])
            except ParseError:
                continue
            read += 1
            left_out += counts[1] == len(items) - 3
    assert read > 40
    assert left_out / read > 0.8
