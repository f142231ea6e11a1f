"""A story as the reader hands it out: two episodes, a censored start, and texts that mean harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from watcher.report.spread_values import (
    AdoptionStep,
    Change,
    Figures,
    Ledger,
    Origin,
    OriginAnswer,
    Reached,
    Span,
    Stale,
    StorySpread,
    Translation,
    TreeEdge,
    VersionLine,
    Versions,
    VersionText,
    Word,
)
from watcher.report.values import (
    ArticleLine,
    Claim,
    Coverage,
    CreditLine,
    EpisodeLine,
    Interval,
    LinkedLine,
    StoryHistory,
    StoryLine,
)

DAY = datetime(2026, 3, 2, tzinfo=UTC)
BACK = DAY + timedelta(days=19, hours=9, minutes=30)
NOW = DAY + timedelta(days=21)

SCRIPT = "<script>document.title='taken'</script>"
HOSTILE = f'"><img src=x onerror="document.title=\'taken\'">{SCRIPT}\x1b[2J\u202egnp.exe\x9b31m'
ENDLESS = "Verantwortungs" * 22 + "frage"
ARABIC = "الرافعة المتصدعة: الميناء كان يعلم منذ أشهر"
CHINESE = "港务局早在数月前就知道起重机有裂缝"
EMOJI = "🏗️ They KNEW 👷🏽‍♀️👨‍👩‍👧 the crane was cracked 🤯"

PARAGRAPHS = (
    "The harbour authority of Belmaren knew for eleven months that the largest crane on its north"
    " quay was cracked, according to an inspection report seen by this agency.",
    "The crane fell on Saturday night and killed two dockers. Nine more people were hurt, three of"
    " them badly, when the jib struck the roof of the canteen.",
    '"We have been told again and again that the steel was sound," said Irma Vestergaard, who'
    " speaks for the dockers. The authority reportedly received the report in April and filed it"
    " away.",
    "The inspectors had found a crack of forty centimetres in the slewing ring and had asked for"
    " the crane to be taken out of service at once. It was repainted in June instead.",
    "A repair would have cost 1.4 million crowns, about as much as the quay earns in six days. The"
    " authority did not answer questions by telephone or in writing.",
)
OWN = (
    "For our readers on the east bank this matters for another reason: the same firm keeps the"
    " lifts of the hospital in order, and nobody has looked at those since the spring.",
    "Lisez aussi : nos dossiers sur les ports, les grues et le prix de la sécurité. Toute"
    " reproduction est autorisée si la source est nommée.",
)

TEXTS = {
    1: "\n".join(PARAGRAPHS).replace("Nine more", "Seven more"),
    10: "\n".join(PARAGRAPHS),
    2: "\n".join(PARAGRAPHS).replace("Nine more", "Seven more"),
    3: "\n".join([OWN[1], *PARAGRAPHS, OWN[1]]),
    4: "\n".join(
        [PARAGRAPHS[3].replace("forty", "sixty"), OWN[0], *PARAGRAPHS[:2], PARAGRAPHS[4]]
    ).replace("reportedly ", ""),
    5: "\n".join([PARAGRAPHS[0], CHINESE + "。" + CHINESE, PARAGRAPHS[2]]),
    6: "\n".join([f"{SCRIPT} {PARAGRAPHS[0]}", *PARAGRAPHS[1:4], HOSTILE]),
    7: "\n".join([f"{EMOJI} {ENDLESS}", *PARAGRAPHS[1:]]),
    8: "\n".join(PARAGRAPHS),
}


def at(hours: float) -> datetime:
    """That many hours into the first day."""
    return DAY + timedelta(hours=hours)


def _article(
    n: int,
    outlet: str,
    seen: tuple[datetime | None, datetime],
    title: str,
    kind: str | None,
    verdict: str,
    **more: Any,
) -> ArticleLine:
    root = kind is None
    line = ArticleLine(
        article=n,
        external_id=None,
        outlet=outlet,
        domain=f"o{n}.example",
        family=outlet,
        title=title,
        url=f"https://o{n}.example/2026/03/crane.html",
        lang="en",
        role="root" if root else "copy",
        words=150,
        against=None if root else 1,
        kind=kind,
        paste=None if root else 0.97,
        cut=None if root else 0.93,
        distance=None if root else 3,
        why=None if root else "word for word the same",
        order=None if root else "seen",
        status=None if root else "auto",
        seen=Interval(*seen),
        claimed=Claim(seen[1] - timedelta(minutes=9), "raw", None),
        clock="seen",
        credits=(),
        verdict=verdict,
        verdict_why="",
        missing_origin="",
    )
    return replace(line, **more)


ARTICLES = (
    _article(
        1,
        "Belmaren Press Agency",
        (None, at(8)),
        "Harbour authority knew of cracked crane for eleven months, report shows",
        None,
        "none",
    ),
    _article(
        2,
        "Kestrel Online",
        (at(8), at(8.4)),
        "Cracked crane was known for months",
        "verbatim",
        "full",
        credits=(CreditLine("Belmaren Press Agency", "(BPA)", "dateline"),),
    ),
    _article(
        3,
        "Horizons Partagés",
        (at(9.5), at(10.25)),
        "La grue de Belmaren",
        "wrapped",
        "partial",
        lang="fr",
        cut=0.55,
    ),
    _article(
        4,
        "ميناء اليوم",
        (at(10), at(11.5)),
        ARABIC,
        "edited",
        "stripped",
        lang="ar",
        family="Quay Group",
    ),
    _article(5, "港口日报", (at(11.5), at(12.5)), CHINESE, "excerpt", "full", lang="zh"),
    _article(
        6,
        f"{SCRIPT} Gazette",
        (at(12), at(14.3)),
        HOSTILE,
        "edited",
        "wrong",
        url="javascript:document.title='taken'",
        family="Quay Group",
        verdict_why="credits Nobody News, which had it later",
    ),
    _article(
        7,
        "Z\u0337a\u0338l\u0336g\u0335o Daily 👩‍👩‍👧",
        (at(13), at(14.5)),
        f"{EMOJI} {ENDLESS}",
        "verbatim",
        "stripped",
    ),
    _article(
        8,
        "Sentinel Review",
        (BACK - timedelta(minutes=30), BACK),
        "EXCLUSIVE: the crane they would not mend",
        "verbatim",
        "stripped",
    ),
)

LINKED = (
    LinkedLine(
        article=20,
        external_id=None,
        story=9,
        outlet="The Ferry Gazette",
        domain="ferry.example",
        family="The Ferry Gazette",
        title="Evening edition",
        url="https://ferry.example/evening",
        lang="en",
        member=1,
        source=1,
        kind="container",
        paste=0.76,
        cut=0.43,
        distance=20,
        words=120,
        why="a round-up",
        order="seen",
        status="auto",
        seen=Interval(at(16), at(16.5)),
        claimed=Claim(None, None, None),
        clock="seen",
    ),
)

HISTORY = StoryHistory(
    asked=28,
    line=StoryLine(
        story=28,
        title=ARTICLES[0].title,
        state="resurfaced",
        articles=8,
        outlets=8,
        reach=7,
        languages=4,
        episodes=2,
        first_seen=Interval(None, at(8)),
        last_copy=BACK,
        clock="seen",
        tracked=True,
    ),
    root=1,
    articles=ARTICLES,
    linked=LINKED,
    chains=(("Belmaren Press Agency", "Kestrel Online", "Horizons Partagés"),),
    episodes=(
        EpisodeLine(1, "first", 1, at(8), at(14.5), 6),
        EpisodeLine(2, "new_outlet", 8, BACK, BACK, 1),
    ),
    coverage=Coverage(feeds=8, polled=9, gaps=2, unknown_starts=1, imported=0),
)


def _adoption(articles: tuple[ArticleLine, ...]) -> tuple[AdoptionStep, ...]:
    steps, families = [], set()
    for n, article in enumerate(articles, 1):
        families.add(article.family)
        steps.append(
            AdoptionStep(
                article=article.article,
                outlet=article.outlet,
                family=article.family,
                seen=article.seen,
                at=article.seen.by,
                clock=article.clock,
                episode=2 if article.article == 8 else 1,
                copies=n - 1,
                families=len(families),
            )
        )
    return tuple(steps)


def figures(episode: int | None, articles: tuple[ArticleLine, ...]) -> Figures:
    """The figures of these articles."""
    return Figures(
        episode=episode,
        copies=len(articles) - 1 if episode != 2 else 1,
        outlets=len(articles),
        families=len({a.family for a in articles}),
        languages=len({a.lang for a in articles}),
        adoption=_adoption(articles),
        reached=(
            Reached(2, Span(0.0, 1440.0)),
            Reached(5, Span(12_600.0, None)),
            Reached(10, None),
        ),
        velocity=1.2,
        lag_median=Span(9_000.0, 12_600.0),
        lag_p90=Span(21_600.0, 23_400.0),
        half_life=Span(None, 9_000.0),
        share_copied=0.93,
        credit_rate=0.5,
        credits=(("full", 2), ("partial", 1), ("stripped", 3), ("wrong", 1)),
        silent_edits=1,
        note="One start is unknown: lags from it have no lower end.",
    )


EDGES = (
    TreeEdge(2, 1, 1, 1, 0.93, "same words as version 1, seven hurt", "seen"),
    TreeEdge(3, 2, 1, 1, 0.71, "credits Kestrel Online", "seen", also=((1, 0.22),)),
    TreeEdge(4, 1, 1, 2, 0.44, "nearest text before it", "unknown", "credits nobody", ((2, 0.31),)),
    TreeEdge(5, 2, 1, 1, 0.66, "two passages in the order of version 1", "seen"),
    TreeEdge(
        6, 4, 1, 1, 0.58, "shares the edit sixty for forty", "unknown", "it credits Nobody News"
    ),
    TreeEdge(7, None, 1, None, 0.52, "has a paragraph that none seen before it has", "unknown"),
    TreeEdge(8, 2, 1, 1, 0.81, "same headline form as Kestrel Online", "seen"),
)

ORIGIN = Origin(
    answer="Belmaren Press Agency, which two copies credit and which was seen first.",
    rests_on="credited",
    answers=(
        OriginAnswer(
            "seen",
            ("Belmaren Press Agency",),
            (1,),
            "there before we looked; every other text came later",
            Interval(None, at(8)),
        ),
        OriginAnswer(
            "claimed", ("Kestrel Online",), (2,), "dated a minute earlier", Interval(None, at(7.8))
        ),
        OriginAnswer("credited", ("Belmaren Press Agency",), (2, 5), "“(BPA)”, in two datelines"),
        OriginAnswer("canonical", (), (), "no page names another"),
        OriginAnswer(
            "inferred", ("Belmaren Press Agency",), (1,), "root of the tree", confidence=0.87
        ),
    ),
    contradictions=(f"{SCRIPT} Gazette credits Nobody News, which was never seen here.",),
)

LEDGERS = (
    Ledger(
        4,
        1,
        2,
        1,
        (
            Change("headline", ARTICLES[0].title, ARABIC),
            Change("number", "forty centimetres", "sixty centimetres"),
            Change("hedge", "reportedly received", "received"),
            Change("added", "", OWN[0]),
            Change("dropped", PARAGRAPHS[2], ""),
            Change("credit", "Belmaren Press Agency", ""),
        ),
    ),
    Ledger(6, 4, 1, 1, (Change("quotation", '"the steel was sound"', SCRIPT),)),
    Ledger(2, 1, 1, 1, ()),
)

VERSIONS = (
    Versions(
        1,
        "Belmaren Press Agency",
        (
            VersionLine(1, 100, Interval(None, at(8)), ARTICLES[0].title, 150, False, ()),
            VersionLine(
                2,
                101,
                Interval(at(12), at(13)),
                ARTICLES[0].title,
                150,
                True,
                (
                    Word("same", "and killed two dockers."),
                    Word("dropped", "Seven"),
                    Word("added", "Nine"),
                    Word("same", "more people were hurt"),
                ),
            ),
        ),
    ),
)
STALE = (Stale(2, "Kestrel Online", 1, 1, 2, 86_400.0 * 20, ("Seven more people",)),)

TRANSLATIONS = (
    Translation(
        article=30, outlet="港务日报", lang="zh", title=CHINESE, url="https://port.example/30",
        member=1, member_lang="en", source=1, what="translation of the whole",
        rests_on="5 of 5 and 5 sentences in order, 1.00 and 0.98 of the text; en and zh,"
        " likeness 0.81",
        paste=1.0, cut=0.98, sure=0.81, status="suggested",
        seen=Interval(BACK, BACK + timedelta(minutes=15)), clock="seen",
        pairs=(
            (PARAGRAPHS[0], CHINESE + "。"),
            (PARAGRAPHS[1], f"{HOSTILE} 起重机星期六夜里倒下，两名码头工人死亡。"),
        ),
    ),
    Translation(
        article=31, outlet=SCRIPT, lang="ar", title=ARABIC, url="javascript:alert(1)",
        member=2, member_lang=None, source=31, what="translation of a part", rests_on="",
        paste=0.3, cut=0.9, sure=None, status="confirmed",
        seen=Interval(None, BACK), clock="seen", pairs=((PARAGRAPHS[3], ARABIC),),
    ),
    Translation(
        article=32, outlet="Archive", lang="fr", title=HOSTILE, url=None, member=1,
        member_lang="en", source=1, what="translation of a part", rests_on="", paste=0.3, cut=0.9,
        sure=0.5, status="suggested", seen=Interval(None, BACK), clock="claimed", pairs=(),
    ),
)  # fmt: skip

SPREAD = StorySpread(
    history=HISTORY,
    figures=(figures(None, ARTICLES), figures(1, ARTICLES[:7]), figures(2, ARTICLES[7:])),
    origin=ORIGIN,
    tree=EDGES,
    ledgers=LEDGERS,
    versions=VERSIONS,
    stale=STALE,
    translations=TRANSLATIONS,
)


def texts() -> list[VersionText]:
    """Every version of every article of the story."""
    found = []
    for article in ARTICLES:
        versions = [article.article] if article.article != 1 else [1, 10]
        found += [
            VersionText(
                article.article,
                n,
                key * 10,
                article.outlet,
                article.title,
                article.url,
                TEXTS[key],
            )
            for n, key in enumerate(versions, 1)
        ]
    return found


def crowd(size: int) -> StorySpread:
    """The same story at `size` outlets more, a copy each and a quarter of an hour apart."""
    more = tuple(
        _article(
            100 + n,
            f"Outlet number {n} of a long list",
            (at(8.5 + n / 60), at(8.75 + n / 60)),
            f"The crane, as told by number {n}",
            ("verbatim", "edited", "wrapped", "excerpt")[n % 4],
            ("full", "stripped", "partial", "wrong")[n % 4],
        )
        for n in range(size)
    )
    articles = tuple(sorted((*ARTICLES, *more), key=lambda a: a.seen.by))
    edges = tuple(
        TreeEdge(100 + n, 100 + n // 3 if n > 2 else 2, 1, 1, 0.5, "nearest", "seen")
        for n in range(size)
    )
    return replace(
        SPREAD,
        history=replace(
            HISTORY,
            articles=articles,
            line=replace(HISTORY.line, articles=len(articles), outlets=len(articles)),
        ),
        figures=(figures(None, articles), *SPREAD.figures[1:]),
        tree=(*EDGES, *edges),
    )
