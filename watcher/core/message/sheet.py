"""A message before it has a form: its lines in order, cleaned and cut, none of them escaped yet."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace

from watcher.core.message import across
from watcher.core.message.facts import Facts, Totals
from watcher.core.message.said import Message, gravest
from watcher.core.message.words import clean, instant, interval, what

TITLE_CAP = 150  # Slack refuses a longer header; mail programs show about half of it
HEADLINE_CAP = 200
CHANGES_SHOWN = 4
ITEMS_SHOWN = 8  # a message fits one screen
URL_CAP = 1000  # a longer address is shown cut and is not a link
SILENCES_SHOWN = 3

# Neither quotes nor a backtick: they end an attribute, or a code span, somewhere.
_LINK = re.compile(r"https?://[^\s\"'`<>\\]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One fact: what it is, the fact in words, where it can be read. `code`: to be copied."""

    label: str
    text: str = ""
    url: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An alert told in a line or two."""

    what: str
    headline: str = ""
    text: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a message says, in order. `url` may be made a link or be empty."""

    title: str
    watch: str  # empty: of several
    held: str
    what: str
    headline: str
    url: str
    rows: tuple[Row, ...]
    items: tuple[Item, ...]
    more: str
    closing: tuple[Row, ...]  # why, the note of a repeat, how to silence it


def sheet(message: Message) -> Sheet:
    """The message laid out."""
    return _of_one(message) if message.one_subject else _digest(message)


def title(message: Message) -> str:
    """One line for a subject or a header: no control, no encoded-word (RFC 2047), capped."""
    if not message.one_subject:
        line = _counted(len(message.alerts) + message.more, "alert")
        held = f" held back: {message.held}" if message.held else ""
        watches = {clean(facts.watch, 40) for facts in message.alerts}
        begin = f"[{watches.pop()}]" if len(watches) == 1 else "Syndication Watch:"
        line = f"{begin} {line}{held}"
    else:
        lead, others = message.lead, len(message.alerts) - 1 + message.more
        beside = f" (+{others})" if others else ""
        line = f"[{clean(lead.watch, 40)}] {what(lead)}{beside}: "
        line += clean(lead.headline, HEADLINE_CAP)
    return clean(line.replace("=?", "= ?"), TITLE_CAP)


def href(url: str) -> str | None:
    """The address if it may be made a link: plain http(s), in one piece, not absurdly long."""
    fits = len(url) <= URL_CAP and _LINK.fullmatch(url) and clean(url, URL_CAP) == url
    return url if fits else None


def _of_one(message: Message) -> Sheet:
    lead = message.lead
    others = [facts for facts in message.alerts if facts is not lead]
    copies: dict[tuple[str, str], list[Facts]] = {}
    for facts in others:
        copies.setdefault((facts.url, facts.outlet), []).append(facts)
    told = [item for alerts in copies.values() for item in _beside(alerts, lead)]
    shown = told[-ITEMS_SHOWN:]
    left_out = sum(size for _, size in told) - sum(size for _, size in shown) + message.more
    closing = []
    if lead.reason:
        closing.append(Row("Why", clean(lead.reason, 300)))
    return Sheet(
        title=title(message),
        watch=clean(lead.watch, 80),
        held=_held(message),
        what=what(lead),
        headline=clean(lead.headline, HEADLINE_CAP),
        url=href(lead.url) or "",
        rows=tuple(_rows(lead)),
        items=tuple(item for item, _ in shown),
        more=_more(left_out),
        closing=(*closing, *_notes(message)),
    )


def _digest(message: Message) -> Sheet:
    subjects: dict[tuple[str, int | None, str], list[Facts]] = {}
    for facts in message.alerts:
        apart = facts.url if facts.story is None else ""
        subjects.setdefault((facts.watch, facts.story, apart), []).append(facts)
    shown = list(subjects.values())[:ITEMS_SHOWN]
    listed = sum(len(alerts) for alerts in shown)
    total = len(message.alerts) + message.more
    watches = {facts.watch for facts in message.alerts}
    return Sheet(
        title=title(message),
        watch=clean(next(iter(watches)), 80) if len(watches) == 1 else "",
        held=_held(message),
        what=_counted(total, "alert") + (f" of {len(watches)} watches" if len(watches) > 1 else ""),
        headline="",
        url="",
        rows=(),
        items=tuple(_subject(alerts, len(watches) > 1) for alerts in shown),
        more=_more(total - listed),
        closing=_notes(message),
    )


def _held(message: Message) -> str:
    return clean(f"Held back until now: {message.held}.", 300) if message.held else ""


def _more(count: int) -> str:
    return f"+{count} more: `watcher alerts list` names them." if count else ""


def _notes(message: Message) -> tuple[Row, ...]:
    rows = []
    if message.repeat:
        rows.append(Row("Note", "may be a repeat: an earlier attempt was cut short"))
    commands = list(dict.fromkeys(facts.silence for facts in message.alerts if facts.silence))
    rows += [
        Row("Silence" if n == 0 else "", clean(command, 300), code=True)
        for n, command in enumerate(commands[:SILENCES_SHOWN])
    ]
    return tuple(rows)


# ---------------------------------------------------------------- one alert


def _rows(facts: Facts) -> list[Row]:
    """What is known of one alert, one fact a row."""
    rows = [Row("Outlet", clean(_outlet(facts.outlet, facts.family)))]
    about_feed = facts.condition == "feed_bad"  # and about no article
    if facts.passage:
        rows.append(Row("Found", f"“{clean(facts.passage)}”"))
    rows += _feed(facts) if about_feed else _clocks(facts)
    if facts.kind:
        rows.append(Row("Match", _match(facts)))
    rows += [
        Row("Rests on" if n == 0 else "", line) for n, line in enumerate(across.rests_on(facts))
    ]
    if facts.credit_verdict:
        rows.append(Row("Credit", _credit(facts)))
    shown = [clean(line) for line in facts.changed[:CHANGES_SHOWN]]
    if (more := len(facts.changed) - len(shown)) > 0:
        shown.append(f"and {more} more")
    rows += [Row("Changed" if n == 0 else "", line) for n, line in enumerate(shown)]
    if facts.story is not None or facts.totals.copies:
        rows.append(Row("Totals", _figures(facts.totals)))
    if facts.totals.coverage:
        rows.append(Row("Coverage", clean(facts.totals.coverage)))
    if facts.url and not about_feed:
        rows.append(Row("Copy", url=facts.url))
    if facts.earliest is not None:
        first = facts.earliest
        text = f"{clean(first.outlet, 80)}, {interval(first.seen_after, first.seen_by)}"
        rows.append(Row("Earliest", text, url=first.url))
    rows += [
        Row("Suggested" if n == 0 else "", text, url=url)
        for n, (text, url) in enumerate(across.suggestions(facts))
    ]
    return rows


def _match(facts: Facts) -> str:
    shares = [
        f"{name} {value:.2f}"
        for name, value in (("paste", facts.paste), ("cut", facts.cut))
        if value is not None
    ]
    # Words of two languages have nothing in common: their distance would say nothing.
    bits = [f"distance {facts.distance}"] * (facts.distance is not None and not facts.rests_on)
    how = " (suggested)" if across.is_suggested(facts) else ""
    return ", ".join([clean(facts.kind or "") + how, *shares, *bits])


def _credit(facts: Facts) -> str:
    agent = f": {clean(facts.credit_agent, 80)}" if facts.credit_agent else ""
    words = f" in “{clean(facts.credit_words)}”" if facts.credit_words else ""
    return f"{clean(facts.credit_verdict or '')}{agent}{words}"


def _feed(facts: Facts) -> list[Row]:
    """Which feed, since when it has been so, and where its polls are shown."""
    rows = []
    if facts.url:
        rows.append(Row("Feed", url=facts.url))
    if facts.seen_by is not None:
        rows.append(Row("Since", instant(facts.seen_by)))
    if facts.url:
        shown = shlex.quote(clean(facts.url, URL_CAP))
        rows.append(Row("Look", f"watcher feeds show {shown}", code=True))
    return rows


def _clocks(facts: Facts) -> list[Row]:
    """Our own clock and the outlet's, never mixed (DESIGN section 3)."""
    seen = interval(facts.seen_after, facts.seen_by)
    if facts.censored and facts.seen_after is not None:
        seen += ", start uncertain"
    claimed = "no date" if facts.claimed_at is None else instant(facts.claimed_at)
    note = f" ({clean(facts.claimed_note)})" if facts.claimed_note else ""
    return [Row("Seen here", seen), Row("Outlet says", claimed + note)]


def _figures(totals: Totals) -> str:
    return ", ".join(
        (
            _counted(totals.copies, "copy", "copies"),
            _counted(totals.outlets, "outlet"),
            _counted(totals.families, "family", "families"),
            f"episode {totals.episode}",
        )
    )


# ---------------------------------------------------------------- an alert among others


def _beside(alerts: list[Facts], lead: Facts) -> list[tuple[Item, int]]:
    """Other alerts of the same story on one copy, and how many each item tells: of the lead's
    copy what and why, of another one what all happened to it, in short."""
    first = alerts[0]
    if first.url == lead.url and first.outlet == lead.outlet:
        return [(Item(what(one), text=clean(_own_reason(one, lead))), 1) for one in alerts]
    item = _subject(alerts, name_watch=False)
    return [(replace(item, headline="") if first.headline == lead.headline else item, len(alerts))]


def _own_reason(facts: Facts, lead: Facts) -> str:
    """Why, without the end that the lead's reason has too: how the copy was matched."""
    own, other = facts.reason.split("; "), lead.reason.split("; ")
    while len(own) > 1 and own[-1] == other[-1]:
        own, other = own[:-1], other[:-1] or [""]
    return "; ".join(own)


def _subject(alerts: list[Facts], name_watch: bool) -> Item:
    """All that happened to one story, in short."""
    lead = gravest(alerts)
    others = list(dict.fromkeys(what(facts) for facts in alerts if facts is not lead))
    others = [name for name in others if name != what(lead)]
    happened = "; ".join([what(lead), *others[:3]])
    if len(others) > 3:
        happened += f"; {len(others) - 3} more"
    if name_watch:
        happened = f"[{clean(lead.watch, 40)}] {happened}"
    return Item(happened, clean(lead.headline, 100), _short(lead), href(lead.url) or "")


def _short(facts: Facts) -> str:
    parts = [clean(_outlet(facts.outlet, facts.family), 80)]
    if facts.passage:
        parts.append(f"“{clean(facts.passage)}”")
    if facts.seen_by is not None:
        parts.append(f"seen by {instant(facts.seen_by)}")
    if facts.kind:
        shares = [f"{value:.2f}" for value in (facts.paste, facts.cut) if value is not None]
        how = " (suggested)" if across.is_suggested(facts) else ""
        parts.append(" ".join([clean(facts.kind, 20) + how, "/".join(shares)]).strip())
    if facts.credit_verdict:
        parts.append(f"credit {clean(facts.credit_verdict, 20)}")
    return ", ".join(parts)


def _outlet(outlet: str, family: str) -> str:
    return f"{outlet} ({family})" if family and family != outlet else outlet


def _counted(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
