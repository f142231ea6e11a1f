"""One poll of one feed from top to bottom: fetch, parse, extract, fingerprint, match, record.

Fetching runs on the event loop, everything that reads hostile bytes in worker processes, and the
recording in one transaction on the writer's thread: the poll's row, its sightings, matches,
stories and alerts are committed together or not at all.

    conductor   the poll, from claim to commit
    look        everything before the writer's turn, within its time
    answer      what goes out for a feed's document, and what its answer lets us ask next time
    gather      from a document to drafts that are ready for the writer
    entries     a document's entries: their keys, their drafts, how they arrived
    pages       the article pages that a poll reads
    shown       what a document shows, and which articles have left their outlet's feeds
    address     where a feed is asked: redirects proven, adopted, given up
    timing      what the schedule is told of a poll
    recheck     the pages of tracked stories, looked at again: beside all polls
"""

from watcher.poll.conductor import Poller
from watcher.poll.look import PAGES_S, POLL_S
from watcher.poll.outcome import PollOutcome
from watcher.poll.recheck import proxies, recheck

__all__ = ["PAGES_S", "POLL_S", "PollOutcome", "Poller", "proxies", "recheck"]
