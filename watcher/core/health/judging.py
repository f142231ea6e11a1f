"""The verdict on a feed: what each finding takes, and what makes it grave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.core.health.facts import ORDER, Finding, Health, Known, Memory, Seen
from watcher.core.message.words import duration

# Silence.
WEEKS = 12  # whose longest silences are remembered; weeks without anything new do not count
WEEKS_KNOWN = 5  # fewer and the feed is too young for a rhythm
SILENCES = 2.5  # how many usual ones make a silence worth a word
SILENT_MIN = timedelta(hours=12)
QUIET_POLLS = 3  # that found nothing new: a silence that nobody listened to is none
STATIC_MIN = timedelta(days=45)
_WEEK_S = 7 * 86_400

# Failure.
FAILING_POLLS = 3
FAILING_MIN = timedelta(hours=3)

# Full text: of the last entries, against those before them.
BEFORE, RECENT = 50, 10
BEFORE_KNOWN = 20
FULL_BEFORE, FULL_LOST, FULL_AGAIN = 0.7, 0.2, 0.5  # shares of entries with full text

ODD_DATES = 0.5
DATED_MIN = 4  # entries with a date, fewer say nothing
LASTING = timedelta(days=1)  # empty, thin, of another site, oddly dated for this long: grave
ACCEPTED = timedelta(days=60)  # what has been so for this long is how the feed is


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, what else holds, what has just become grave, and what to remember."""

    verdict: Finding
    findings: tuple[Finding, ...]  # worst first; empty where the feed is ok
    begun: tuple[Finding, ...]
    memory: Memory


def judge(feed: Known, memory: Memory, seen: Seen) -> Judged:
    """How the feed is after this poll. Pure: the same facts, the same answer."""
    if seen.error:
        found = [_failure(feed, memory, seen)]
        # What a failed poll cannot tell, it does not end.
        kept = {name: at for name, at in memory.onsets.items() if name != Health.OK}
        memory = replace(memory, onsets=kept | _onsets(found))
        raised = set(memory.raised)
    else:
        memory = _learn(feed, memory, seen)
        each = (_empty, _no_full_text, _silent, _moved, _bad_dates, _static)
        found = [one for test in each if (one := test(feed, memory, seen)) is not None]
        found.sort(key=lambda one: ORDER.index(one.health))
        fine = Finding(Health.OK, memory.onsets.get(Health.OK, seen.at), _rhythm(memory))
        memory = replace(memory, onsets=_onsets(found or [fine]))
        raised = set(memory.raised) & {one.mark for one in found}
    grave = [one for one in found if one.grave and feed.last_polled_at is not None]
    begun = tuple(one for one in grave if one.mark not in raised)
    memory = replace(memory, raised=tuple(sorted(raised | {one.mark for one in begun})))
    return Judged(found[0] if found else fine, tuple(found), begun, memory)


def usual_silence(memory: Memory) -> timedelta | None:
    """The silence that is usual for the feed: its weeks' second longest. None: too young."""
    longest = sorted(seconds for _, seconds in memory.silences)
    return timedelta(seconds=longest[-2]) if len(longest) >= WEEKS_KNOWN else None


# ---------------------------------------------------------------- what is remembered


def _learn(feed: Known, memory: Memory, seen: Seen) -> Memory:
    """The memory after a poll that the feed answered."""
    memory = _accept(memory, seen)
    if seen.fresh:
        silences = _silences(feed, memory, seen)
        memory = replace(memory, fresh_at=seen.at, quiet_polls=0, silences=silences)
    else:
        memory = replace(
            memory,
            # A feed may have been there before its memory.
            fresh_at=memory.fresh_at or feed.last_fresh_at or seen.at,
            quiet_polls=memory.quiet_polls + 1,
        )
    if seen.settled:
        # Newest last; the order inside one document does not matter.
        digits = memory.recent + "0" * (seen.settled - seen.full) + "1" * seen.full
        # While the full text is lost, what it is compared with stays.
        older = "" if Health.NO_FULL_TEXT in memory.onsets else digits[:-RECENT]
        before = (memory.before + older)[-BEFORE:]
        memory = replace(memory, before=before, recent=digits[-RECENT:])
    return replace(memory, full_at=seen.at) if seen.full else memory


def _accept(memory: Memory, seen: Seen) -> Memory:
    """What has been so for long enough becomes what is usual."""

    def old(health: Health) -> bool:
        since = memory.onsets.get(health)
        return since is not None and seen.at - since > ACCEPTED

    if not memory.site or old(Health.MOVED):
        memory = replace(memory, site=seen.site or memory.site)
    if old(Health.NO_FULL_TEXT):
        memory = replace(memory, before=memory.recent)
    return memory


def _silences(feed: Known, memory: Memory, seen: Seen) -> tuple[tuple[int, int], ...]:
    """The weeks' longest silences with the one that ends now.

    Where nobody listened for a while (we were down, the feed failed), only what was heard
    counts: something may have been published meanwhile.
    """
    if memory.fresh_at is None or feed.last_ok_at is None:
        return memory.silences
    heard = max(timedelta(seconds=2 * feed.interval_s), timedelta(hours=1))
    end = seen.at if seen.at - feed.last_ok_at <= heard else feed.last_ok_at
    silence = max(0, round((end - memory.fresh_at).total_seconds()))
    week = int(seen.at.timestamp()) // _WEEK_S
    *earlier, last = memory.silences or ((week, 0),)
    if last[0] != week:
        earlier, last = [*earlier, last], (week, 0)
    return (*earlier, (week, max(last[1], silence)))[-WEEKS:]


def _onsets(found: list[Finding]) -> dict[str, datetime]:
    names = {Health.HTML: Health.FAILING}
    return {names.get(one.health, one.health): one.since for one in found}


# ---------------------------------------------------------------- what is found


def _failure(feed: Known, memory: Memory, seen: Seen) -> Finding:
    if seen.error == "gone":
        since = memory.onsets.get(Health.GONE, seen.at)
        reason = "the server says that it is gone for good (410): polling has stopped"
        return Finding(Health.GONE, since, reason, grave=True)
    # A feed that failed before it had a memory did so since it last answered.
    earlier = feed.last_ok_at if feed.failures else None
    since = memory.onsets.get(Health.FAILING) or earlier or seen.at
    polls = feed.failures + 1
    count = "1 poll failed" if polls == 1 else f"{polls} polls in a row failed"
    reason = f"{count}, the last one with {seen.error}: {seen.told}"
    health = Health.FAILING
    if seen.error == "html" and feed.first_ok_at is not None:
        health, reason = Health.HTML, f"a web page where the feed was: {seen.told} ({count})"
    grave = polls >= FAILING_POLLS and seen.at - since >= FAILING_MIN
    return Finding(health, since, reason, grave)


def _empty(feed: Known, memory: Memory, seen: Seen) -> Finding | None:
    since = memory.onsets.get(Health.EMPTY)
    if seen.entries or (seen.entries is None and since is None):
        return None
    since = since or seen.at
    if feed.first_ok_at is None:
        return Finding(Health.EMPTY, since, "a feed that has never had an entry")
    reason = "a feed without entries, where there were some"
    return Finding(Health.EMPTY, since, reason, seen.at - since >= LASTING)


def _no_full_text(feed: Known, memory: Memory, seen: Seen) -> Finding | None:
    since = memory.onsets.get(Health.NO_FULL_TEXT)
    before, now = _share(memory.before), _share(memory.recent)
    if since is None:
        known = len(memory.before) >= BEFORE_KNOWN and len(memory.recent) == RECENT
        if not known or before < FULL_BEFORE or now > FULL_LOST:
            return None
        since = memory.full_at or seen.at
    elif now >= FULL_AGAIN or before < FULL_BEFORE:
        return None
    reason = (
        f"{memory.recent.count('1')} of its last {RECENT} entries have their full text, where"
        f" {before:.0%} had it"
    )
    return Finding(Health.NO_FULL_TEXT, since, reason, seen.at - since >= LASTING)


def _silent(feed: Known, memory: Memory, seen: Seen) -> Finding | None:
    usual = usual_silence(memory)
    if usual is None or memory.fresh_at is None or memory.quiet_polls < QUIET_POLLS:
        return None
    bound = max(SILENT_MIN, SILENCES * usual)
    if seen.at - memory.fresh_at <= bound:
        return None
    reason = (
        f"nothing new for more than {_span(bound)}; its usual longest silence is {_span(usual)}"
    )
    return Finding(Health.SILENT, memory.fresh_at, reason, grave=True)


def _moved(feed: Known, memory: Memory, seen: Seen) -> Finding | None:
    since = memory.onsets.get(Health.MOVED)
    if seen.site and seen.site != memory.site:
        since = since or seen.at
        how = ", by a permanent redirect" if seen.permanent_to else ""
        reason = f"{seen.site} answers where {memory.site} did{how}"
        return Finding(Health.MOVED, since, reason, seen.at - since >= LASTING)
    if seen.permanent_to and seen.permanent_to != (seen.moved_to or feed.moved_to):
        same = seen.permanent_to == feed.moving_to
        times = feed.moving_seen + 1 if same else 1
        since = since or (feed.moving_since if same else None) or seen.at
        count = "once" if times == 1 else f"{times} times"
        reason = f"redirects for good to {seen.permanent_to}, seen {count}, not yet proven"
        return Finding(Health.MOVED, since, reason)
    if adopted := seen.moved_to or feed.moved_to:
        reason = f"is read at {adopted} now: write that address into feeds.yaml"
        return Finding(Health.MOVED, since or seen.at, reason)
    return None


def _bad_dates(feed: Known, memory: Memory, seen: Seen) -> Finding | None:
    since = memory.onsets.get(Health.BAD_DATES)
    if seen.entries is None:
        if since is None:
            return None
    elif seen.dated < DATED_MIN or seen.odd_dates < ODD_DATES * seen.dated:
        return None
    since = since or seen.at
    before = feed.first_ok_at is not None and since > feed.first_ok_at
    reason = "dates of its entries lie in the future or are absurd"
    if seen.entries is not None:
        reason = f"{seen.odd_dates} of {seen.dated} {reason}"
    return Finding(Health.BAD_DATES, since, reason, before and seen.at - since >= LASTING)


def _static(feed: Known, memory: Memory, seen: Seen) -> Finding | None:
    if memory.fresh_at is None or usual_silence(memory) is not None or not feed.first_ok_at:
        return None
    if memory.quiet_polls < QUIET_POLLS or seen.at - memory.fresh_at < STATIC_MIN:
        return None
    if memory.silences:
        reason = f"nothing new for more than {_span(STATIC_MIN)}, and little before"
    else:
        reason = "nothing new since it was first read"
    return Finding(Health.STATIC, memory.fresh_at, reason)


def _rhythm(memory: Memory) -> str:
    usual = usual_silence(memory)
    if usual is None:
        return "too young for its rhythm to be known"
    return f"its usual longest silence is {_span(usual)}"


def _share(digits: str) -> float:
    return digits.count("1") / len(digits) if digits else 0.0


def _span(length: timedelta) -> str:
    return duration(length.total_seconds())
