"""How a feed is, since when, and why: judged after each poll.

A verdict rests on what this feed used to do (`Memory`), not on what feeds do in general:

    failing    no usable answer; `html` where a page came instead of the feed, `gone` after a 410
    empty      a feed without entries
    no_full_text   entries used to come with their full text, or a page that had it, and no more
    silent     quiet for 2.5 times the second longest of its weekly longest silences
    moved      another site answers, or a permanent redirect is being proven or was adopted
    bad_dates  most of its entries have dates in the future or absurd ones
    static     nothing new since it was first read, or too rarely to know a rhythm

A *grave* finding is worth an alert. Each has to last for a while first, so that a hiccup, a
night's maintenance or one odd entry is none; none is grave on a feed's first poll.

Silence is measured against the longest silence of each of the last weeks that brought
something: a week holds its nights and its weekend, so these are part of the rhythm. The second
longest, not the longest: one holiday or outage does not decide. Over 24 simulated years each, a
wire, a paper that rests at weekends, a morning letter, a weekly, a monthly and feeds that publish
by chance (Poisson) once in six hours or a day were never wrongly called silent; one that does so
once a week was, once in five years (benchmarks/silence.py).
"""

from watcher.core.health.facts import Finding, Health, Known, Memory, Seen
from watcher.core.health.judging import Judged, judge, usual_silence

__all__ = [
    "Finding",
    "Health",
    "Judged",
    "Known",
    "Memory",
    "Seen",
    "judge",
    "usual_silence",
]
