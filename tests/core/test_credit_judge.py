"""Whether names mean one outlet, what a copy's credits amount to, and the chain they make."""

from __future__ import annotations

import pytest

from watcher.core.credit import Credit, Own, Verdict, chain, same, verdict

OWN = Own(("Mondialisation.ca",), ("mondialisation.ca",))


def credit(agent: str, form: str = "source", words: str = "") -> Credit:
    return Credit(agent, words or f"Source: {agent}", "tail", form)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Alalam", "Al-Alama"),
        ("Al Alam", "ALALAM"),
        ("Al-Alam News Network", "alalam.ir"),
        ("FNA", "Fars News Agency"),
        ("farsnews.ir", "FNA"),
        ("The Guardian", "Guardian"),
        ("Le Monde", "lemonde.fr"),
        ("Mondialisation.ca", "Mondialisation"),
        ("BBC News", "bbc.co.uk"),
        ("AP", "The Associated Press"),
        ("РИА Новости", "RIA Novosti"),
        ("El País", "EL PAIS"),
        ("Agencia EFE", "EFE"),
        ("Süddeutsche Zeitung", "Suddeutsche Zeitung"),
        ("Ukrainska Pravda", "Ukrayinska Pravda"),
        ("TARPA", "Tarsovan Press Agency"),
        ("APL", "Agence de presse du Lac"),
        ("ТАРПА", "Тарсованское пресс-агентство"),
    ],
)
def test_names_that_mean_one_outlet(agent: str, name: str) -> None:
    assert same(agent, ["Some Other Paper", name])
    assert same(name, [agent])


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("TASS", "SANA"),
        ("AP", "APA"),
        ("AP", "Alpine Post"),  # an agency that we know
        ("TARPA", "Tarsovan Post"),
        ("ARK", "The Ark of Noah"),
        ("Tarpa", "Tarsovan Press Agency"),  # a name like others, not a short form
        ("The Times", "Time"),
        ("CBC News", "ABC News"),
        ("Le Monde", "El Mundo"),
        ("Channel 4 News", "Channel 5 News"),
        ("Reuters", "AFP"),
        ("Eastern Times", "Western Times"),
        ("", "Reuters"),
        ("Reuters", ""),
        ("--", "--"),
    ],
)
def test_names_that_do_not(agent: str, name: str) -> None:
    assert not same(agent, [name])


@pytest.mark.parametrize(
    ("credits", "wanted", "because"),
    [
        ([credit("FNA")], Verdict.FULL, "names the origin, FNA"),
        ([credit("Fars News Agency")], Verdict.FULL, "names the origin"),
        ([credit("Alalam"), credit("FNA")], Verdict.FULL, "names the origin"),
        ([credit("Al-Alama")], Verdict.PARTIAL, "names Al-Alama"),
        ([credit("Al-Alama"), credit("FNA", "attribution")], Verdict.PARTIAL, "names Al-Alama"),
        ([credit("FNA", "attribution")], Verdict.PARTIAL, "only in passing"),
        ([credit("FNA", "contributed")], Verdict.FULL, "contributed"),
        ([credit("Alalam", "attribution")], Verdict.PARTIAL, "intermediary in passing"),
        ([], Verdict.STRIPPED, "names nobody"),
        ([credit("Lake Group", "copyright-holder")], Verdict.STRIPPED, "names nobody"),
        ([credit("Reuters", "attribution")], Verdict.STRIPPED, "names nobody"),
        ([credit("Mondialisation.ca")], Verdict.STRIPPED, "names nobody"),
        ([credit("Reuters")], Verdict.WRONG, "names Reuters, not the origin, FNA"),
        (
            [credit("Reuters"), credit("FNA", "attribution")],
            Verdict.WRONG,
            "names Reuters, not the origin, FNA",
        ),
    ],
)
def test_verdicts(credits: list[Credit], wanted: Verdict, because: str) -> None:  # noqa: A002 - DESIGN's word
    got, reason = verdict(
        credits, origin_names=["FNA", "Fars News Agency"], chain_names=["Alalam"], own=OWN
    )
    assert (got, because in reason) == (wanted, True), reason


def test_nothing_is_judged_without_an_origin_or_at_the_origin() -> None:
    assert verdict([credit("AFP")], origin_names=[], own=OWN)[0] is Verdict.NONE
    assert verdict([], origin_names=["Mondialisation"], own=OWN)[0] is Verdict.NONE
    got, reason = verdict([], origin_names=["FNA"], own=OWN, credited_by_others=False)
    assert got is Verdict.NONE
    assert "no other copy" in reason


def arrows(articles: dict[str, tuple[list[str], list[Credit]]]) -> set[str]:
    return {
        f"{link.source}{'?' if link.missing else ''} -> {link.copy}"
        + (" (inferred)" if link.inferred else "")
        for link in chain(articles)
    }


def test_a_short_form_in_a_dateline_is_the_outlet_it_abbreviates() -> None:
    found = arrows(
        {
            "t": (["Tarsovan Press Agency", "tarsovan.example"], []),
            "k": (["Kestrel Online"], [credit("TARPA", "dateline", "BELMAREN (TARPA)")]),
        }
    )
    assert found == {"Tarsovan Press Agency -> Kestrel Online"}


def test_the_chain_of_the_article_that_started_it() -> None:
    copy = [credit("Al-Alama", "original"), credit("FNA", "attribution", "According to FNA report")]
    assert arrows({"m": (["Mondialisation.ca"], copy)}) == {
        "Al-Alama? -> Mondialisation.ca",
        "FNA? -> Al-Alama (inferred)",
    }


def test_with_every_step_seen_the_short_cut_is_left_out() -> None:
    articles = {
        "f": (["FNA", "Fars News Agency"], []),
        "a": (["Alalam", "alalam.ir"], [credit("FNA", "dateline")]),
        "m": (["Mondialisation.ca"], [credit("Al-Alama"), credit("FNA")]),
    }
    assert arrows(articles) == {"FNA -> Alalam", "Alalam -> Mondialisation.ca"}
    first = chain(articles)[0]
    assert (first.source_key, first.copy_key, first.words) == ("f", "a", "Source: FNA")


def test_circles_are_cut_and_nobody_is_his_own_source() -> None:
    articles = {
        "a": (["Alpha Post"], [credit("Beta Post"), credit("Alpha Post")]),
        "b": (["Beta Post"], [credit("Alpha Post")]),
        "c": (["Gamma Post"], [credit("Beta Post")]),
    }
    assert arrows(articles) == {"Beta Post -> Alpha Post", "Beta Post -> Gamma Post"}


def test_spellings_of_one_missing_source_are_one() -> None:
    articles = {
        "a": (["Alpha Post"], [credit("Al-Alam")]),
        "b": (["Beta Post"], [credit("Al-Alama")]),
    }
    links = chain(articles)
    assert {link.source for link in links} == {"Al-Alam"}
    assert all(link.missing for link in links)


def test_the_earliest_article_of_a_credited_outlet_is_the_source() -> None:
    articles = {
        1: (["Alpha Post"], []),
        2: (["Alpha Post"], []),
        3: (["Beta Post"], [credit("alpha post")]),
    }
    assert [(link.source_key, link.copy_key) for link in chain(articles)] == [(1, 3)]


def test_a_long_circle_of_many_articles_ends() -> None:
    names = [f"Paper {chr(65 + i // 26)}{chr(65 + i % 26)} Herald" for i in range(200)]
    articles = {
        i: ([name], [credit(names[i - 1]), credit(names[(i + 7) % 200])])
        for i, name in enumerate(names)
    }
    links = chain(articles)
    assert 0 < len(links) < 400
    after: dict[int, set[int]] = {}
    for link in links:
        assert link.source_key is not None
        assert link.copy_key is not None
        after.setdefault(link.source_key, set()).add(link.copy_key)
    for start in after:  # no way leads back
        seen: set[int] = set()
        todo = list(after[start])
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                todo.extend(after.get(node, ()))
        assert start not in seen
