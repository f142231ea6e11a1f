"""An alert in words: its facts, and pure renderers for a terminal, Slack, mail and feed readers.

Everything in `Facts` but the watch's own name, the reason and the command comes from the open
web. It is cleaned once (`clean`) and then escaped for its destination, so that no text can ring
a terminal, mention a channel, fake a link, inject a mail header or carry HTML.

A `Message` is what one receiver gets at once: an alert, a group of one watch and story, or the
digest of what was held back. Every renderer takes one, or an alert alone.
"""

from watcher.core.message.facts import Earliest, Facts, Suggested, Totals
from watcher.core.message.feed import ENTRIES, FeedAlert, atom
from watcher.core.message.html import PICTURE, fragment, html
from watcher.core.message.mail import list_headers, subject, thread_headers
from watcher.core.message.plain import plain
from watcher.core.message.said import Message, said
from watcher.core.message.sheet import TITLE_CAP
from watcher.core.message.slack import blocks, slack
from watcher.core.message.template import FIELDS, Template, TemplateFault
from watcher.core.message.template import parse as parse_template
from watcher.core.message.words import clean, duration, instant, interval, what

__all__ = [
    "ENTRIES",
    "FIELDS",
    "PICTURE",
    "TITLE_CAP",
    "Earliest",
    "Facts",
    "FeedAlert",
    "Message",
    "Suggested",
    "Template",
    "TemplateFault",
    "Totals",
    "atom",
    "blocks",
    "clean",
    "duration",
    "fragment",
    "html",
    "instant",
    "interval",
    "list_headers",
    "parse_template",
    "plain",
    "said",
    "slack",
    "subject",
    "thread_headers",
    "title",
    "what",
]


def title(alert: Facts | Message) -> str:
    """One line for a subject or a header: no control, no encoded-word (RFC 2047), capped."""
    from watcher.core.message.sheet import title as titled

    return titled(said(alert))
