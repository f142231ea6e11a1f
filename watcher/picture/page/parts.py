"""The sections that are drawn: the head with the short answer, when, how far, from whom."""

from __future__ import annotations

from watcher.picture.charts import LANES, NARROW, ROWS, episodes, growth, legend, lineage, timeline
from watcher.picture.growth import whole
from watcher.picture.lanes import kind_of, lanes_of
from watcher.picture.lineage import lineage_of
from watcher.picture.markup import Markup, el, join
from watcher.picture.page.pieces import (
    behind,
    claimed,
    credit_mark,
    figure,
    link,
    name,
    number_of,
    seen,
    table,
    time_of,
)
from watcher.picture.words import (
    counted,
    coverage,
    credits_in_short,
    episode_kind,
    in_short,
    share,
    span,
)
from watcher.report.spread_values import Figures, StorySpread
from watcher.report.values import ArticleLine


def head(spread: StorySpread) -> Markup:
    """Headline, the short answer, and the figures that people ask for first."""
    history = spread.history
    line = history.line
    kicker = [f"Story {line.story}", line.state] + (["followed"] if line.tracked else [])
    answer = [el("strong", "Where it came from: "), el("bdi", spread.origin.answer)]
    says = [in_short(history), credits_in_short(history)]
    first = el("p", "First ", "claimed " if line.clock == "claimed" else "seen ",
               time_of(line.first_seen.by) if line.clock == "claimed" else seen(line.first_seen),
               "; last copy ", time_of(line.last_copy), ".")  # fmt: skip
    return el(
        "header",
        el("p", " · ".join(kicker), class_="kicker"),
        el("h1", name(line.title or "A story without a title")),
        el("p", *answer, class_="answer"),
        el("p", " ".join(part for part in says if part)),
        first,
        _facts(spread),
    )


def _facts(spread: StorySpread) -> Markup:
    line = spread.history.line
    facts = [
        ("Articles", f"{line.articles:,}"),
        ("Outlets", f"{line.outlets:,}"),
        ("Families", f"{line.reach:,}"),
        ("Episodes", f"{line.episodes:,}"),
    ]
    found = next((f for f in spread.figures if f.episode is None), None)
    if found is not None:
        facts += [
            ("Credited", share(found.credit_rate)),
            ("Copied words", share(found.share_copied)),
        ]
    return el(
        "dl", *(el("div", el("dt", term), el("dd", value)) for term, value in facts), class_="facts"
    )


def when(spread: StorySpread) -> Markup:
    """The timeline by outlet."""
    history = spread.history
    lanes = lanes_of(history, LANES)
    notes = ["Times in UTC. Where two bars overlap, nobody knows which of the two was first."]
    if lanes.outlets_left_out:
        notes.append(
            f" Not drawn: {counted(lanes.outlets_left_out, 'outlet')} with"
            f" {counted(lanes.articles_left_out, 'article')} that came later."
        )
    rows = (
        (
            number_of(a), name(a.outlet), name(a.family), link(a.url, a.title),
            kind_of(a, history.root), _figure(a.paste), _figure(a.cut),
            credit_mark(a.verdict), seen(a.seen) if a.clock == "seen" else "imported",
            claimed(a.claimed),
        )
        for a in history.articles
    )  # fmt: skip
    heads = (
        *("#No.", "Outlet", "Family", "Headline", "Kind", "#Paste", "#Cut"),
        *("Credit", "Seen here", "Outlet says"),
    )
    return join(
        [
            figure(timeline(history), timeline(history, NARROW), *notes),
            figure(legend(history), legend(history, NARROW)),
            behind("Every article", heads, rows),
        ]
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def how_far(spread: StorySpread) -> Markup:
    """Adoption over all its time, episode over episode, and the figures."""
    parts: list[Markup] = []
    drawn, small = growth(spread), growth(spread, NARROW)
    if drawn and small:
        parts.append(figure(drawn, small, "Articles and families added up; times in UTC."))
    drawn, small = episodes(spread), episodes(spread, NARROW)
    if drawn and small:
        parts.append(el("h3", "Episode over episode"))
        parts.append(
            figure(drawn, small, "Families that had it, from the opening of each episode on.")
        )
        parts.append(_episodes(spread))
    if spread.figures:
        parts.append(el("h3", "Figures"))
        parts.append(_figures(spread.figures))
    rows = (
        (time_of(s.at), s.clock, name(s.outlet), name(s.family), f"{s.copies}", f"{s.families}")
        for f in spread.figures
        if f.episode is None
        for s in f.adoption
    )
    if whole(spread).points:
        heads = ("When", "Clock", "Outlet", "Family", "#Articles", "#Families")
        parts.append(behind("Adoption", heads, rows))
    return join(parts) if parts else el("p", "It has not spread.", class_="note")


def _episodes(spread: StorySpread) -> Markup:
    items = (
        el("li", el("strong", f"Episode {e.n}"), f", {episode_kind(e.subtype)}: opened ",
           time_of(e.opened), f" by #{e.article}; {counted(e.copies, 'copy', 'copies')}, the last ",
           time_of(e.last), ".")
        for e in spread.history.episodes
    )  # fmt: skip
    return el("ul", *items, class_="plain")


_EPISODES_SHOWN = 5


def _figures(figures: tuple[Figures, ...]) -> Markup:
    shown = figures[: _EPISODES_SHOWN + 1]
    heads = ["", *("#Whole" if f.episode is None else f"#Episode {f.episode}" for f in shown)]
    rows: list[list[str]] = [
        ["Copies", *(f"{f.copies}" for f in shown)],
        ["Outlets", *(f"{f.outlets}" for f in shown)],
        ["Families", *(f"{f.families}" for f in shown)],
        ["Languages", *(f"{f.languages}" for f in shown)],
    ]
    for n, goal in enumerate(shown[0].reached):
        took = [f.reached[n].took if n < len(f.reached) else None for f in shown]
        rows.append([f"Time to family {goal.families}", *(span(t) for t in took)])
    rows += [
        ["New families an hour, over 6 h", *(_velocity(f) for f in shown)],
        ["Lag, median", *(span(f.lag_median) for f in shown)],
        ["Lag, 90th percentile", *(span(f.lag_p90) for f in shown)],
        ["Half of the copies within", *(span(f.half_life) for f in shown)],
        ["Copied words, median", *(share(f.share_copied) for f in shown)],
        ["Credited", *(share(f.credit_rate) for f in shown)],
        ["Silent edits", *(f"{f.silent_edits}" for f in shown)],
    ]
    notes = [
        f"{'The whole' if f.episode is None else f'Episode {f.episode}'} rests on: {f.note}"
        for f in shown
        if f.note
    ]
    if any(f.clock == "claimed" for f in shown):
        notes.append("Its times are the outlets’ own dates: it was imported.")
    drawn = table("Figures of the story and its episodes", heads, rows)
    return join([drawn, *(el("p", note, class_="note") for note in notes)])


def _velocity(f: Figures) -> str:
    """The most there may have been; from what is certain on, where that is less."""
    least, most = f"{f.velocity_least:.1f}", f"{f.velocity:.1f}"
    return most if least == most else f"{least} to {most}"


def from_whom(spread: StorySpread) -> Markup:
    """The propagation graph."""
    if not spread.tree:
        return el("p", "Nothing says who took it from whom.", class_="note")
    found = lineage_of(spread, ROWS)
    names = {a.article: a for a in spread.history.articles}
    notes = [
        "The thicker a line, the surer it is that the lower text was taken from the upper one;"
        " the number says how sure, from 0 to 1."
    ]
    if any(edge.parent is None for edge in spread.tree):
        notes.append(" A question mark stands for a text that was never seen here.")
    if any(edge.contradiction for edge in spread.tree):
        notes.append(" Red with an exclamation mark: the copy’s own credit says otherwise.")
    if found.left_out:
        notes.append(f" Not drawn: {counted(found.left_out, 'article')}.")
    rows = (
        (
            _who(names, e.child, e.child_version), _who(names, e.parent, e.parent_version),
            f"{e.confidence:.2f}", e.why, e.order, e.contradiction,
            ", ".join(f"#{n} ({sure:.2f})" for n, sure in e.also),
        )
        for e in spread.tree
    )  # fmt: skip
    heads = ("Copy", "Taken from", "#Confidence", "Why", "Order", "Its credit says", "Or from")
    drawn = figure(lineage(spread), lineage(spread, NARROW), *notes)
    chains = [
        el("li", join([name(part) for part in chain], " → "))
        for chain in spread.history.chains[:20]
    ]
    parts = [drawn, behind("Who took it from whom", heads, rows)]
    if chains:
        parts += [el("h3", "Chains of credit"), el("ul", *chains, class_="plain")]
    return join(parts)


def _who(names: dict[int, ArticleLine], article: int | None, version: int | None) -> Markup:
    if article is None:
        return join(["a text never seen here"])
    outlet = names[article].outlet if article in names else "another story"
    told = f" #{article}" + (f", version {version}" if version else "")
    return join([name(outlet), told])


def what_it_rests_on(spread: StorySpread) -> Markup:
    """The coverage note."""
    return el("p", coverage(spread.history.coverage))
