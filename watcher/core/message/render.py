"""The rows of a message, and its three forms: terminal text, Slack mrkdwn, HTML mail."""

from __future__ import annotations

import html as _html
import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from watcher.core.message.facts import Facts, Totals
from watcher.core.message.words import WORDS_CAP, clean, instant, interval, what

TITLE_CAP = 150  # Slack refuses a longer header; mail programs show about half of it
SLACK_CAP = 2900  # a Slack section holds 3,000 characters
HEADLINE_CAP = 200
CHANGES_SHOWN = 4
URL_CAP = 1000  # a longer address is shown cut and is not a link

# Neither quotes nor a backtick: they end an attribute, or a code span, somewhere.
_LINK = re.compile(r"https?://[^\s\"'`<>\\]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    text: str = ""
    url: str = ""
    code: bool = False


def _rows(facts: Facts, *, repeat: bool) -> list[_Row]:
    """The message under its headline, one fact a row; every text already cleaned."""
    totals = facts.totals
    rows = [_Row("Outlet", clean(_outlet(facts.outlet, facts.family)))]
    about_feed = facts.condition == "feed_bad"  # and about no article
    rows += _feed(facts) if about_feed else _clocks(facts)
    if facts.kind:
        shares = [
            f"{name} {value:.2f}"
            for name, value in (("paste", facts.paste), ("cut", facts.cut))
            if value is not None
        ]
        bits = [] if facts.distance is None else [f"distance {facts.distance}"]
        rows.append(_Row("Match", ", ".join([clean(facts.kind), *shares, *bits])))
    if facts.credit_verdict:
        agent = f": {clean(facts.credit_agent, 80)}" if facts.credit_agent else ""
        words = f" in “{clean(facts.credit_words)}”" if facts.credit_words else ""
        rows.append(_Row("Credit", f"{clean(facts.credit_verdict)}{agent}{words}"))
    shown = [clean(line) for line in facts.changed[:CHANGES_SHOWN]]
    if (more := len(facts.changed) - len(shown)) > 0:
        shown.append(f"and {more} more")
    rows += [_Row("Changed" if n == 0 else "", line) for n, line in enumerate(shown)]
    if not about_feed:
        rows.append(_Row("Totals", _figures(totals)))
    if totals.coverage:
        rows.append(_Row("Coverage", clean(totals.coverage)))
    if facts.url and not about_feed:
        rows.append(_Row("Copy", url=facts.url))
    if facts.earliest is not None:
        first = facts.earliest
        rows.append(
            _Row(
                "Earliest",
                f"{clean(first.outlet, 80)}, {interval(first.seen_after, first.seen_by)}",
                url=first.url,
            )
        )
    if facts.reason:
        rows.append(_Row("Why", clean(facts.reason, 300)))
    if repeat:
        rows.append(_Row("Note", "may be a repeat: an earlier attempt was cut short"))
    if facts.silence:
        rows.append(_Row("Silence", clean(facts.silence, 300), code=True))
    return rows


def _feed(facts: Facts) -> list[_Row]:
    """Which feed, since when it has been so, and where its polls are shown."""
    rows = []
    if facts.url:
        rows.append(_Row("Feed", url=facts.url))
    if facts.seen_by is not None:
        rows.append(_Row("Since", instant(facts.seen_by)))
    if facts.url:
        shown = shlex.quote(clean(facts.url, URL_CAP))
        rows.append(_Row("Look", f"watcher feeds show {shown}", code=True))
    return rows


def _clocks(facts: Facts) -> list[_Row]:
    """Our own clock and the outlet's, never mixed (DESIGN section 3)."""
    seen = interval(facts.seen_after, facts.seen_by)
    if facts.censored and facts.seen_after is not None:
        seen += ", start uncertain"
    claimed = "no date" if facts.claimed_at is None else instant(facts.claimed_at)
    note = f" ({clean(facts.claimed_note)})" if facts.claimed_note else ""
    return [_Row("Seen here", seen), _Row("Outlet says", claimed + note)]


def _figures(totals: Totals) -> str:
    return ", ".join(
        (
            _count(totals.copies, "copy", "copies"),
            _count(totals.outlets, "outlet", "outlets"),
            _count(totals.families, "family", "families"),
            f"episode {totals.episode}",
        )
    )


def _outlet(outlet: str, family: str) -> str:
    return f"{outlet} ({family})" if family and family != outlet else outlet


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _href(url: str) -> str | None:
    """The address if it may be made a link: plain http(s), in one piece, not absurdly long."""
    return (
        url if len(url) <= URL_CAP and _LINK.fullmatch(url) and clean(url, URL_CAP) == url else None
    )


def title(facts: Facts) -> str:
    """One line for a subject or a header: no control, no encoded-word (RFC 2047), capped."""
    line = f"[{clean(facts.watch, 40)}] {what(facts)}: {clean(facts.headline, HEADLINE_CAP)}"
    return clean(line.replace("=?", "= ?"), TITLE_CAP)


def plain(facts: Facts, *, repeat: bool = False) -> tuple[str, str]:
    """(title, body) safe to print on a terminal. `repeat`: it may have arrived once already."""
    lines = [what(facts), clean(facts.headline, HEADLINE_CAP), ""]
    for row in _rows(facts, repeat=repeat):
        address = clean(row.url, URL_CAP)
        lines.append(f"{row.label:<12}{row.text or address}")
        if row.text and address:
            lines.append(f"{'':<12}{address}")
    return title(facts), "\n".join(lines) + "\n"


def slack(facts: Facts, *, repeat: bool = False) -> str:
    """The body in Slack's mrkdwn. Only `<`, `>` and `&` of ours are markup; a backtick of theirs
    becomes an apostrophe, for a pair of them across two facts would swallow what lies between.
    (docs.slack.dev/messaging/formatting-message-text)
    """

    def link(url: str, text: str) -> str:
        # Inside <...|...> the bar and the brackets are markup: they travel percent-encoded.
        return f"<{_slack_text(url).replace('|', '%7C')}|{text}>"

    headline = _slack_text(clean(facts.headline, HEADLINE_CAP)) or "(no headline)"
    href = _href(facts.url)
    top = [f"*{_slack_text(what(facts))}*", link(facts.url, headline) if href else headline]
    rows = _lines(_rows(facts, repeat=repeat), _slack_text, link, "*{}* ", "`{}`")
    kept: list[str] = []
    size = sum(len(line) + 1 for line in top)
    for line in rows:
        size += len(line) + 1
        if size > SLACK_CAP:
            kept.append("…")
            break
        kept.append(line)
    return "\n".join([*top, *kept])


def html(facts: Facts, *, repeat: bool = False) -> tuple[str, str]:
    """(subject, body) for email: one table, no style sheet, no image, nothing fetched."""

    def link(url: str, text: str) -> str:
        return f'<a href="{_html.escape(url)}">{text}</a>'

    escape = _html.escape
    headline = escape(clean(facts.headline, HEADLINE_CAP)) or "(no headline)"
    href = _href(facts.url)
    cells = []
    for row in _rows(facts, repeat=repeat):
        value = _value(row, escape, link, "<code>{}</code>", "<br>")
        cells.append(
            f'<tr><th align="left" valign="top">{escape(row.label)}</th><td>{value}</td></tr>'
        )
    body = "\n".join(
        [
            f"<p><strong>{escape(what(facts))}</strong></p>",
            f"<h2>{link(facts.url, headline) if href else headline}</h2>",
            "<table>",
            *cells,
            "</table>",
        ]
    )
    return title(facts), body + "\n"


def thread_headers(facts: Facts) -> dict[str, str]:
    """Mail headers that gather a story's messages under one synthetic root (RFC 5322, 3.6.4).

    No message with that id is ever sent: programs thread on References all the same.
    """
    if facts.story is None:
        return {}
    root = f"<story-{facts.story}@syndication-watch>"
    return {"References": root, "In-Reply-To": root}


def _slack_text(text: str) -> str:
    for mark, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("`", "'")):
        text = text.replace(mark, safe)
    return text


def _value(
    row: _Row,
    escape: Callable[[str], str],
    link: Callable[[str, str], str],
    code: str,
    between: str,
) -> str:
    text = escape(row.text)
    if row.code:
        return code.format(text)
    if not row.url:
        return text
    shown = escape(clean(row.url, WORDS_CAP))
    address = link(row.url, shown) if _href(row.url) else shown
    return f"{text}{between}{address}" if text else address


def _lines(
    rows: Iterable[_Row],
    escape: Callable[[str], str],
    link: Callable[[str, str], str],
    label: str,
    code: str,
) -> Iterable[str]:
    for row in rows:
        head = label.format(escape(row.label)) if row.label else "    "
        yield head + _value(row, escape, link, code, " ")
