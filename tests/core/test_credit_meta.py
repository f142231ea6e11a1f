"""Credits in metadata, the outlet's own name, extra agencies, order and bounds."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.core.credit import Agency, Own, find, is_weak

OWN = Own(("Harbour Daily",), ("harbour.example",))


def registrable(host: str) -> str:
    return ".".join(host.split(".")[-3 if host.endswith(".co.uk") else -2 :])


META = [
    (("jsonld:author", "Reuters"), ("Reuters", "author")),
    (("author", "Jane Roe, Agence France-Presse"), ("AFP", "author")),
    (("author", "Jane Roe"), None),
    (("author", "Jane Map"), None),
    (("jsonld:publisher", "The Associated Press"), ("AP", "publisher")),
    (("jsonld:publisher", "Lake Media Group"), None),
    (("jsonld:sourceOrganization", "Lake Herald"), ("Lake Herald", "sourceOrganization")),
    (("jsonld:sourceOrganization", "Harbour Daily"), None),
    (("jsonld:isBasedOn", "https://www.lake.example/ferry"), ("lake.example", "isBasedOn")),
    (("jsonld:isBasedOn", "https://www.harbour.example/ferry"), None),
    (("syndication-source", "https://news.lake.example/x"), ("lake.example", "syndication-source")),
    (("syndication-source", "https://m.harbour.example/x"), None),
    (("original-source", "https://www.reuters.com/x"), ("Reuters", "original-source")),
    (("og:url", "https://lake.example/x"), ("lake.example", "og:url")),
    (("og:url", "/relative/path"), None),
    (("mainEntityOfPage", "https://lake.example/x"), ("lake.example", "mainEntityOfPage")),
    (("mainEntityOfPage", "https://schema.org/WebPage"), None),
    (("rss:source", "Lake Herald"), ("Lake Herald", "rss:source")),
    (("rss:source", "https://lake.example/feed.xml"), ("lake.example", "rss:source")),
    (("rss:source", "Harbour Daily"), None),
    (("tracker", "https://www.propublica.org/x?pixel=1"), ("ProPublica", "tracker")),
    (("tracker", "republication-tracker-tool-source"), None),
    (("republication-tracker-tool-source", "https://lake.example/p"), ("lake.example", "tracker")),
    (("viewport", "width=device-width"), None),
    (("jsonld:sourceOrganization", ""), None),
]


@pytest.mark.parametrize(("pair", "wanted"), META)
def test_metadata(pair: tuple[str, str], wanted: tuple[str, str] | None) -> None:
    found = find(title="", text="", meta=[pair], own=OWN, registrable=registrable)
    assert [(c.agent, c.form, c.place, c.words) for c in found] == (
        [(*wanted, "meta", pair[1])] if wanted else []
    )


@pytest.mark.parametrize(
    ("canonical", "agent"),
    [
        ("https://www.lake.example/2016/ferry", "lake.example"),
        ("https://news.lake.co.uk/2016/ferry", "lake.co.uk"),
        ("https://www.reuters.com/article/x", "Reuters"),
        ("https://www.harbour.example/ferry", None),
        ("https://harbour.co.uk/ferry", None),  # a country edition
        ("https://web.archive.org/web/2016/https://lake.example/", None),
        ("https://lake-example.translate.goog/x", None),
        ("/ferry", None),
        ("not an address", None),
    ],
)
def test_canonical_at_another_outlet(canonical: str, agent: str | None) -> None:
    found = find(title="", text="", canonical=canonical, own=OWN, registrable=registrable)
    assert [c.agent for c in found] == ([agent] if agent else [])


@pytest.mark.parametrize(
    ("byline", "agents"),
    [
        ("Jane Roe, Reuters", ["Reuters"]),
        ("By Jane Roe | AP", ["AP"]),
        ("Jane Roe in Oslo and agencies", []),
        ("Associated Press in Washington", ["AP"]),
        ("AFP, Reuters und dpa", ["AFP", "Reuters", "dpa"]),
        ("Le Quotidien avec AFP", ["AFP"]),
        ("Reuters Staff", ["Reuters"]),
        ("REUTERS/Jane Roe", []),
        ("Jane Roe was a Reuters correspondent in Rome", []),
        ("[AFP](https://afp.example/)", ["AFP"]),
        ("Harbour Daily", []),
    ],
)
def test_bylines(byline: str, agents: list[str]) -> None:
    found = find(title="", text="", byline=byline, own=OWN)
    assert [c.agent for c in found] == agents
    assert all(c.place == "byline" and c.words == byline for c in found)


@pytest.mark.parametrize(
    ("title", "agents"),
    [
        ("Ferry sinks in lake - Reuters", ["Reuters"]),
        ("Ferry sinks in lake (AFP)", ["AFP"]),
        ("Town hails Aam Aadmi Party (AAP)", []),
        ("Ferry sinks in lake | Harbour Daily", []),
        ("Why the map is wrong - a view", []),
    ],
)
def test_titles(title: str, agents: list[str]) -> None:
    found = find(title=title, text="", own=OWN)
    assert [c.agent for c in found] == agents


def test_an_agency_does_not_credit_itself_under_any_of_its_names() -> None:
    text = "OSLO (Reuters) - The ferry sank on Monday, the mayor told Reuters.\nSource: Reuters"
    assert find(title="", text=text, own=Own(("Thomson Reuters",), ())) == ()
    assert find(title="", text=text, own=Own((), ("reuters.com",))) == ()
    assert {c.agent for c in find(title="", text=text, own=OWN)} == {"Reuters"}


def test_extra_agencies_from_the_config_are_known_by_all_their_names() -> None:
    lake = Agency("Lake Wire", ("LWX", "Seedraht"))
    text = "Oslo (LWX) - The ferry sank on Monday at noon, a spokeswoman said in the port."
    assert find(title="", text=text, own=OWN) == ()
    (credit,) = find(title="", text=text, own=OWN, extra=[lake])
    assert (credit.agent, credit.words) == ("Lake Wire", "Oslo (LWX)")
    (credit,) = find(title="", text="The ferry sank, laut Seedraht.", own=OWN, extra=[lake])
    assert (credit.agent, credit.form) == ("Lake Wire", "attribution")


def test_stated_sources_come_before_mentions_in_passing() -> None:
    text = (
        "The ferry sank at noon, an official told Reuters.\n"
        "It had been built in the town's own yard a hundred years ago, people say.\n"
        "This article was first published by Lake Herald."
    )
    found = find(title="", text=text, own=OWN)
    assert [c.agent for c in found] == ["Lake Herald", "Reuters"]
    assert [is_weak(c) for c in found] == [False, True]


def test_a_byline_with_an_unknown_name_counts_once_the_text_credits_it() -> None:
    body = "The ferry sank at noon, and the mayor of the town asked for calm that evening."
    bare = find(title="", text=f"Par Alalam\n{body}\n{body}", own=OWN)
    assert bare == ()
    found = find(title="", text=f"Par Alalam\n{body}\n{body}\nSource: Alalam", own=OWN)
    assert [(c.agent, c.place) for c in found] == [("Alalam", "tail"), ("Alalam", "byline")]


@pytest.mark.parametrize("line", ["—, —", ",,", ": :", "(, )", "© ,", "By ,", "Source: ,", "- ,"])
def test_punctuation_alone_credits_nobody(line: str) -> None:
    assert find(title=line, text=line, byline=line, edges=[line], own=OWN) == ()


def test_menu_entries_credit_nobody() -> None:
    menu = ["World", "Sport", "Reuters", "Opinion", "Weather", "Contact"]
    assert find(title="", text="", edges=menu, own=OWN) == ()
    line = ["The ferry sinks", "Associated Press", "15 July 2018, 10:30"]
    assert [c.agent for c in find(title="", text="", edges=line, own=OWN)] == ["AP"]


def test_forms_fit_the_column_that_stores_them() -> None:
    pairs = [pair for pair, _ in META]
    found = find(title="", text="", meta=pairs, own=OWN, registrable=registrable)
    assert len(found) > 8
    assert all(len(c.form) <= 24 and len(c.place) <= 16 for c in found)


_PIECES = st.sampled_from(
    [
        "(", ")", "AFP", "Reuters", "(AP) —", "Source: ", "来源：", "©", "2016", "by ", "\n",
        "originally published by ", "[a](b)", "\u202e", "\x00", "according to ", "told ", "、",
        "•", "【共同】", "電", "İ", "ß", "ﬁ", "  ", "Aam Aadmi Party (AAP)", "/", "://", "http://a.b/c",
        "*", "Par ", ",", "—", "|", "contributed to this report", "with ", "«", "»", ": ", "\r",
        "Jane Roe",
    ]
)  # fmt: skip
_TEXT = st.lists(st.one_of(_PIECES, st.text(max_size=12)), max_size=30).map("".join)


@settings(max_examples=150, deadline=None)
@given(_TEXT, _TEXT, _TEXT, st.lists(_TEXT, max_size=4), _TEXT)
def test_never_raises_and_quotes_only_what_it_was_given(
    title: str, text: str, byline: str, edges: list[str], value: str
) -> None:
    meta = [("rss:source", value), ("og:url", value), ("author", value)]
    found = find(
        title=title, text=text, byline=byline, edges=edges, meta=meta, canonical=value, own=OWN
    )
    assert len(found) <= 24
    for credit in found:
        assert credit.agent
        assert len(credit.words) <= 300
        assert any(credit.words in given for given in (title, text, byline, *edges, value))
        assert credit.place in {"head", "tail", "byline", "dateline", "body", "meta"}


_HOSTILE = {
    "one letter": "A" * 1_000_000,
    "capitals": "Aa " * 330_000,
    "brackets": "(" * 1_000_000,
    "bracketed agencies": "(AP) " * 200_000,
    "slugs": "AFP " * 250_000,
    "open reporting": "(Reporting by " * 70_000,
    "labels": "Source: Source: " * 60_000,
    "short lines": "AP\n" * 330_000,
    "article was": "this article was " * 60_000,
    "originally": "originally published " * 50_000,
    "signs": "© 2016 " * 140_000,
    "links": "[" * 500_000 + "](" * 250_000,
    "cables": "新华社" * 330_000,
    "dashes": "A - " * 250_000,
    "according": "According to A A A A A A " * 40_000,
    "blanks": " " * 1_000_000 + "x",
    "newlines": "\n" * 1_000_000,
    "dots": "a." * 500_000,
    "contributed": "AP, " * 250_000 + "contributed to this report",
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_a_megabyte_of_anything_is_read_in_bounded_time(name: str) -> None:
    text = _HOSTILE[name]
    given_ = {"title": text, "text": text, "byline": text, "edges": [text] * 20, "canonical": text}
    done: list[int] = []

    def run() -> None:
        found = find(**given_, meta=[("rss:source", text), ("og:url", text)], own=OWN)  # type: ignore[arg-type]
        done.append(len(found))

    # A pattern that backtracks without end would hang: the bound is far above the usual 20 ms.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout=30)
    assert done, f"{name} is still being read"
    assert done[0] <= 24


def test_random_words_give_the_same_answer_twice() -> None:
    rng = random.Random(7)
    words = [
        "AFP",
        "told",
        "the",
        "(Reuters)",
        "-",
        "Source:",
        "Lake",
        "Herald",
        "\n",
        "2016",
        "by",
    ]
    text = " ".join(rng.choice(words) for _ in range(2000))
    assert find(title="", text=text, own=OWN) == find(title="", text=text, own=OWN)
