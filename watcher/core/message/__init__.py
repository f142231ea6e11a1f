"""An alert in words: its facts, and pure renderers for a terminal, for Slack and for email.

Everything in `Facts` but the watch's own name, the reason and the command comes from the open
web. It is cleaned once (`clean`) and then escaped for its destination, so that no text can ring
a terminal, mention a channel, fake a link, inject a mail header or carry HTML.
"""

from watcher.core.message.facts import Earliest, Facts, Totals
from watcher.core.message.render import TITLE_CAP, html, plain, slack, thread_headers, title
from watcher.core.message.words import clean, duration, instant, interval, what

__all__ = [
    "TITLE_CAP",
    "Earliest",
    "Facts",
    "Totals",
    "clean",
    "duration",
    "html",
    "instant",
    "interval",
    "plain",
    "slack",
    "thread_headers",
    "title",
    "what",
]
