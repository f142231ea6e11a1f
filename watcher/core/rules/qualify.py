"""What counts as a return of a text, and what is only the same text seen again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from watcher.core.rules.rest import State

# A corrected time zone moves a date by up to 14 hours; a new date has to move further.
REDATE_MIN = timedelta(hours=24)
# A claim so far before the last poll that did not show the article is at odds with our clock.
BACKDATED = timedelta(hours=24)
# After a gap of this many usual intervals, and of this long, what arrives is a backlog.
OUTAGE_INTERVALS = 4.0
OUTAGE_MIN = timedelta(hours=6)
# A date further ahead of our clock is a mistake (core.dates notes it as in the future).
AHEAD = timedelta(days=1)
# As many known texts of one outlet moved in one poll: the site moved, not the story.
MOVED_TOGETHER = 5
# An undated text that left its outlet's feeds this long ago and comes back has been re-issued.
GONE_MIN = timedelta(days=7)


class Why(StrEnum):
    """Why a sighting is, or is not, a return of the text."""

    NEW_OUTLET = "a new article at an outlet that did not have it"
    REDATED = "the outlet gave it a new date"
    READDRESSED = "the outlet issued it again at a new address"
    EDITED_RETURN = "the outlet issued it again with an edited text"
    FIRST_POLL = "the feed's first poll: its start is unknown"
    LISTING = "a tag page or another list of articles"
    BACKLOG = "published before the story's last copy, in the backlog of an outage"
    BACKLOG_UNDATED = "in the backlog of an outage, without a date to trust"
    OLD_CLAIM = "its own date is older than the story's last copy"
    IDENTITY_CHANGED = "only the guid or address of a known text changed"
    EDITED = "only the text changed, at its old address and date"
    DATE_UNTRUSTED = "its new date is in the future or absurd"
    MOVED_TOGETHER = "many texts of the outlet moved at once: the site changed"
    SEEN_AGAIN = "the same text seen again"
    FOUND_LATE = "found to be a translation days after it was seen"
    MENTIONED = "a new article that has the phrase"
    CARRIED = "a new article that has the watch's text inside of a longer one"
    MENTIONED_BEFORE = "the phrase stood in it before"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of one sighting before it counts. Times are aware; by `seen_*` our clock."""

    seen_after: datetime | None  # None: censored
    seen_by: datetime
    claimed_at: datetime | None = None
    claimed_note: str | None = None  # future | absurd | naive | unparsed
    first_poll: bool = False
    poll_interval_s: float = 900.0  # how often the feed is usually polled
    outlet_has_it: bool = False  # the outlet already carries this text, in this story
    new_address: bool = False  # of a text that the outlet has
    previous_claim: datetime | None = None  # the latest date the outlet gave it before
    edited: bool = False  # its text differs from what the outlet had
    gone_for: timedelta | None = None  # since the outlet's feeds last showed it
    moved_together: int = 1  # known texts of the outlet with a new date or address in this poll
    shown: int = 0  # known entries of the document; 0: not told
    later_together: int = 0  # of them, with a later date than before, by however little
    beside: frozenset[int] = frozenset()  # articles whose entries it shows as they were
    listing: bool = False


class Qualification(NamedTuple):
    """Whether a sighting opens or continues an episode, as what, and why."""

    ok: bool
    subtype: str | None
    reason: Why


def qualifies(
    arrival: Arrival, last_copy_at: datetime | None, state: State = State.ACTIVE
) -> Qualification:
    """Whether a sighting is a return of the text (DESIGN section 6).

    `last_copy_at` and `state` are the story's before this recording. An outlet's own date
    never orders copies; here it can only hold one back, where the sighting says nothing:
    behind an outage, or where a resting story would be woken by an old article.
    """
    if arrival.first_poll or arrival.seen_after is None:
        return Qualification(False, None, Why.FIRST_POLL)
    if arrival.listing:
        return Qualification(False, None, Why.LISTING)
    claim = None if arrival.claimed_note in ("future", "absurd") else arrival.claimed_at
    old = claim is not None and last_copy_at is not None and claim <= last_copy_at
    if _outage(arrival.seen_by - arrival.seen_after, arrival.poll_interval_s):
        if claim is None:
            return Qualification(False, None, Why.BACKLOG_UNDATED)
        if old:
            return Qualification(False, None, Why.BACKLOG)
    # A copy that came between this date and our look at the feed makes it no older.
    backdated = claim is not None and claim < arrival.seen_after - BACKDATED
    if arrival.outlet_has_it:
        return _again(arrival, claim, old=old and backdated)
    if old and backdated and state is State.DORMANT:
        return Qualification(False, None, Why.OLD_CLAIM)
    return Qualification(True, "new_outlet", Why.NEW_OUTLET)


def moved_at_once(arrival: Arrival) -> bool:
    """Whether the new dates and addresses of a poll tell of the site and not of the texts: it
    moved, or dates its whole feed by the clock."""
    by_clock = arrival.later_together > 1 and 2 * arrival.later_together > arrival.shown > 0
    return arrival.moved_together >= MOVED_TOGETHER or by_clock


def _outage(gap: timedelta, interval_s: float) -> bool:
    return gap > max(OUTAGE_MIN, timedelta(seconds=OUTAGE_INTERVALS * interval_s))


def _again(arrival: Arrival, claim: datetime | None, *, old: bool) -> Qualification:
    """The outlet had the text: re-issued, or only seen again?"""
    before = arrival.previous_claim
    redated = claim is not None and before is not None and claim - before >= REDATE_MIN
    undated_return = (
        arrival.new_address
        and (claim is None or before is None)
        and arrival.gone_for is not None
        and arrival.gone_for >= GONE_MIN
    )
    if redated or undated_return:
        if moved_at_once(arrival):
            return Qualification(False, None, Why.MOVED_TOGETHER)
        if old:
            return Qualification(False, None, Why.OLD_CLAIM)
        if arrival.edited:
            return Qualification(True, "edited_return", Why.EDITED_RETURN)
        if arrival.new_address:
            return Qualification(True, "readdressed", Why.READDRESSED)
        return Qualification(True, "redated", Why.REDATED)
    if claim is None and arrival.claimed_at is not None:
        return Qualification(False, None, Why.DATE_UNTRUSTED)
    if arrival.new_address:
        return Qualification(False, None, Why.IDENTITY_CHANGED)
    return Qualification(False, None, Why.EDITED if arrival.edited else Why.SEEN_AGAIN)
