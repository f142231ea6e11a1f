"""A story's credits judged together, and the chains that they make."""

from __future__ import annotations

import pytest

from watcher.core.credit import Credit, Signed, Verdict, weigh


def credit(agent: str, words: str = "", place: str = "tail", form: str = "source") -> Credit:
    return Credit(agent, words or f"Source: {agent}", place, form)


CABLE = {
    "fna": Signed("FNA News", "fna.example"),
    "alalam": Signed("Alalam", "alalam.example", (credit("FNA News"),)),
    "monde": Signed("Monde Libre", "monde.example", (credit("Alalam"),)),
    "ledger": Signed("The Ledger", "ledger.example"),
    "post": Signed("Post", "post.example", (credit("Somebody Else"),)),
}


def test_each_copy_is_judged_by_what_it_names() -> None:
    judged = weigh(CABLE, "fna").judged
    assert {key: one.verdict for key, one in judged.items()} == {
        "fna": Verdict.NONE,
        "alalam": Verdict.FULL,
        "monde": Verdict.PARTIAL,
        "ledger": Verdict.STRIPPED,
        "post": Verdict.WRONG,
    }
    assert judged["monde"].agent == "Alalam"
    assert judged["monde"].words == "Source: Alalam"
    assert judged["monde"].reason == "names Alalam (tail, source), not the origin, FNA News"


def test_who_names_an_unseen_source_is_wrong_only_where_others_name_the_origin() -> None:
    first = {key: CABLE[key] for key in ("fna", "post")}
    alone = weigh(first, "fna").judged["post"]
    assert (alone.verdict, alone.missing_origin) == (Verdict.NONE, "Somebody Else")
    assert "nobody credits FNA News" in alone.reason
    both = weigh({**first, "alalam": CABLE["alalam"]}, "fna").judged["post"]
    assert (both.verdict, both.missing_origin) == (Verdict.WRONG, "Somebody Else")
    seen = {**first, "else": Signed("Somebody Else", "else.example")}
    assert weigh(seen, "fna").judged["post"].verdict is Verdict.PARTIAL


def test_only_those_asked_for_are_judged() -> None:
    weighed = weigh(CABLE, "fna", of=["monde"])
    assert weighed.judged == {"monde": weigh(CABLE, "fna").judged["monde"]}


def test_chains_lead_from_the_source_down() -> None:
    assert weigh(CABLE, "fna").chains == (("FNA News", "Alalam", "Monde Libre"),)
    single = {key: CABLE[key] for key in ("fna", "alalam", "ledger")}
    assert weigh(single, "fna").chains == ()


def test_the_longest_chain_comes_first_and_each_end_has_one() -> None:
    articles = {
        **CABLE,
        "blog": Signed("Blog", "blog.example", (credit("Monde Libre"),)),
        "wire": Signed("Wire", "wire.example", (credit("Alalam"),)),
    }
    assert weigh(articles, "fna").chains == (
        ("FNA News", "Alalam", "Monde Libre", "Blog"),
        ("FNA News", "Alalam", "Wire"),
    )


def test_the_origin_may_be_whom_the_root_credits() -> None:
    articles = {
        "first": Signed("First", "first.example", (credit("Kuvera Wire"),)),
        "second": Signed("Second", "second.example", (credit("First"),)),
        "third": Signed("Third", "third.example", (credit("Kuvera Wire"),)),
    }
    weighed = weigh(articles, "first")
    assert [one.verdict for one in weighed.judged.values()] == [
        Verdict.FULL,
        Verdict.PARTIAL,
        Verdict.FULL,
    ]
    assert weighed.judged["third"].missing_origin == "Kuvera Wire"
    assert weighed.chains == (("Kuvera Wire", "First", "Second"),)


@pytest.mark.parametrize(("named", "missing"), [("Jana Cole", ""), ("Reuters", "Reuters")])
def test_the_author_of_a_byline_is_no_missing_origin(named: str, missing: str) -> None:
    articles = {
        "fna": Signed("FNA News", "fna.example"),
        "copy": Signed("Copy", "copy.example", (credit(named, f"By {named}", "byline", "byline"),)),
    }
    assert weigh(articles, "fna").judged["copy"].missing_origin == missing


def test_circles_of_credits_end() -> None:
    articles = {
        "a": Signed("Alder", "alder.example", (credit("Birch"),)),
        "b": Signed("Birch", "birch.example", (credit("Cedar"),)),
        "c": Signed("Cedar", "cedar.example", (credit("Alder"),)),
    }
    (chain,) = weigh(articles, "a").chains
    assert sorted(chain) == ["Alder", "Birch", "Cedar"]
