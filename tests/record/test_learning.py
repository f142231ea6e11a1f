"""Boilerplate: learned late, unlearned where it is news, and what then happens to matches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests import texts
from tests.record.archive import under_notice
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from watcher.core.spread import Seen
from watcher.core.text import paragraphs, words
from watcher.record.deciding import set_boilerplate
from watcher.record.matching import Text, judge, mark_known

COPY = Item("lantern", "copy", under_notice(texts.SHORT), T0 + HOUR)
SOURCE = Item("wire", "source", texts.SHORT, T0)
OTHERS = [
    Item("lantern", f"other {n}", under_notice(texts.made_up(n, 9)), T0 + n * DAY)
    for n in range(1, 9)
]
LEARNED = {("lantern", texts.NOTICE[:300])}


def notice() -> int:
    return int(paragraphs(words(texts.NOTICE))[0][0])


def kind(desk: Desk) -> str | None:
    return desk.kinds().get(("source", "copy"))


def test_a_match_made_before_the_notice_was_known_is_made_again(desk: Desk) -> None:
    desk.load([SOURCE, COPY])
    assert kind(desk) == "container"  # most of the page is other words
    assert desk.together() == set()
    desk.load(OTHERS[:1])
    assert desk.boilerplate() == set()
    desk.load(OTHERS[1:2])
    assert desk.boilerplate() == LEARNED
    assert kind(desk) == "verbatim"
    assert desk.together() == {frozenset({"source", "copy"})}
    desk.sound()


def test_articles_that_share_a_notice_alone_are_no_match(desk: Desk) -> None:
    desk.load(OTHERS[:2])
    desk.load([replace(OTHERS[2], outlet="sister")])
    shared = desk.kinds()
    assert {frozenset(p) for p in shared} == {
        frozenset({"other 1", "other 3"}),
        frozenset({"other 2", "other 3"}),
    }
    assert set(shared.values()) <= {"passage", "container"}


def test_a_gallery_that_an_outlet_repeats_links_and_never_joins(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    gallery = texts.made_up(99, 60)

    def page(outlet: str, n: int) -> Item:
        text = f"{texts.made_up(n, 40)}\n{gallery}"
        return Item(outlet, f"{outlet} {n}", text, T0 + n * DAY)

    desk.load([page("sister", 20), *(page("lantern", n) for n in range(1, 7))])
    assert desk.together() == set()
    links = {pair: kind for pair, kind in desk.kinds().items() if "sister 20" in pair}
    assert len(links) == 6
    assert set(links.values()) == {"passage"}
    # With text of its own in common, a page joins as ever.
    desk.load([replace(page("courier", 3), at=T0 + 4 * DAY)])
    assert desk.together() == {frozenset({"lantern 3", "courier 3"})}
    desk.sound()


def test_a_link_by_a_gallery_is_the_same_whichever_is_asked_about() -> None:
    gallery = texts.made_up(99, 60)
    learned = set(paragraphs(words(gallery))[0].tolist())

    def text(n: int, sentences: int) -> Text:
        said = f"{texts.made_up(n, sentences)}\n{gallery}"
        found = words(said)
        known = mark_known(found, learned)
        return Text(n, n, n, Seen(None, T0, None, "seen"), 0, said, found, known)

    a, b = text(1, 20), text(2, 30)
    sides = {t.version: t.side() for t in (a, b)}
    one, other = judge(a, b, sides), judge(b, a, sides)
    assert one is not None
    assert other is not None
    assert one.match.kind == "passage"
    assert (one.a.article, one.b.article) == (other.a.article, other.b.article)
    assert (one.match.paste, one.match.cut) == (other.match.paste, other.match.cut)


def test_seen_at_another_family_it_is_no_boilerplate(desk: Desk) -> None:
    desk.load([SOURCE, COPY, *OTHERS[:2]])
    assert desk.boilerplate() == LEARNED
    desk.load([Item("other", "quoter", texts.NOTICE + "\n" + texts.ORCHARD, T0 + 3 * DAY)])
    assert desk.boilerplate() == set()
    assert kind(desk) == "container"
    assert desk.together() == set()
    desk.sound()


def test_a_sister_title_is_no_other_family(desk: Desk) -> None:
    for name in ("lantern", "sister"):
        desk.outlet(name, family="house")
    desk.load([SOURCE, COPY, *OTHERS[:2]])
    desk.load([Item("sister", "theirs", under_notice(texts.ORCHARD), T0 + 3 * DAY)])
    assert desk.boilerplate() >= LEARNED


def test_six_distinct_articles_settle_it_whoever_else_has_it(desk: Desk) -> None:
    desk.load([Item("other", "quoter", texts.NOTICE + "\n" + texts.ORCHARD, T0)])
    desk.load(OTHERS[:5])
    assert desk.boilerplate() == set()
    desk.load(OTHERS[5:6])
    assert desk.boilerplate() == LEARNED


def test_versions_of_one_report_teach_nothing(desk: Desk) -> None:
    lines = texts.HARBOUR.strip().split("\n")
    for n in range(2, 7):
        desk.load([Item("wire", f"update {n}", "\n".join(lines[:n]), T0 + n * HOUR)])
    assert desk.boilerplate() == set()
    item = Item("wire", "one", texts.ORCHARD, T0, "https://wire.example/1")
    for n in range(4):
        text = texts.reworded(texts.ORCHARD, 60, seed=n)
        desk.poll(replace(item, text=text), now=T0 + n * HOUR)
    assert desk.boilerplate() == set()


def test_short_lines_are_not_learned(desk: Desk) -> None:
    for n in range(5):
        text = f"Share this\n{texts.made_up(n, 9)}\nRead more here"
        desk.load([Item("wire", f"w{n}", text, T0 + n * DAY)])
    assert desk.boilerplate() == set()


@pytest.mark.parametrize("batch", [1, 3])
def test_what_a_person_made_it_forget_stays_forgotten(desk: Desk, batch: int) -> None:
    desk.load([SOURCE, COPY, *OTHERS[:2]])
    outlet = desk.outlet("lantern")
    rejudged = set_boilerplate(
        desk.database, desk.recorder, outlet, notice(), forget=True, now=T0 + 4 * DAY
    )
    assert rejudged == 3
    assert kind(desk) == "container"
    desk.sound()
    more = OTHERS[2:8]
    for start in range(0, len(more), batch):
        desk.load(more[start : start + batch])
    assert desk.boilerplate() == set()
    assert kind(desk) == "container"
    set_boilerplate(desk.database, desk.recorder, outlet, notice(), forget=False, now=T0 + 5 * DAY)
    assert kind(desk) == "verbatim"
    assert desk.together() == {frozenset({"source", "copy"})}
    desk.sound()


def test_a_notice_in_many_articles_is_unlearned_for_all_of_them(desk: Desk) -> None:
    # Thirty copies under one notice, in runs of the index of every size.
    def text(n: int) -> str:
        return under_notice(texts.SHORT.replace("Maldon", f"Maldon {n}"))

    many = [Item("lantern", f"twin {n}", text(n), T0 + n * HOUR) for n in range(30)]
    desk.load([SOURCE, *OTHERS[:3]])
    assert desk.boilerplate() == LEARNED
    for start in range(0, 30, 7):
        desk.load(many[start : start + 7])
    assert set(desk.kinds().values()) >= {"verbatim"}
    assert sum(k == "verbatim" for (a, _), k in desk.kinds().items() if a == "source") == 30


def test_the_hash_of_the_notice_is_what_the_article_has() -> None:
    assert np.isin(notice(), paragraphs(words(under_notice(texts.SHORT)))[0])
