"""What feeds.yaml says, ready for use: frozen values with every default filled in.

The annotations are the one source of the model: the walk reads by them, the JSON Schema and the
faults are made from them. `Annotated[type, kind, "what it is for"]`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from watcher import __version__
from watcher.config import kinds, watched
from watcher.config.quiet import QuietHours
from watcher.config.secret import Secret

USER_AGENT = (
    f"syndication-watch/{__version__} (+https://github.com/syndication-watch/syndication-watch)"
)


@dataclass(frozen=True, slots=True)
class Feed:
    """One document to poll; a plain address is short for {url: ...}."""

    url: Annotated[str, kinds.WEB, "Address of the RSS, Atom or JSON feed, or news sitemap."]
    full_text: Annotated[
        Literal["auto", "always", "never"],
        "Fetch the article page: auto where an entry is too short, always, or never.",
    ] = "auto"
    interval: Annotated[
        int | None,
        kinds.duration("1s", "30d"),
        "Time between polls; default: chosen from the feed's own rhythm.",
    ] = None
    headers: Annotated[
        Mapping[Annotated[str, kinds.HEADER_NAME], Annotated[Secret, kinds.HEADER_VALUE]],
        "Request headers to add; the values are kept secret.",
    ] = field(default_factory=dict)
    auth: Annotated[
        Secret | None,
        kinds.LOGIN,
        "user:password for basic authentication (RFC 7617); better ${NAME} or file:PATH.",
    ] = None
    proxy: Annotated[
        Secret | None,
        kinds.FEED_PROXY,
        "Proxy for this feed and its pages; direct: none. Default: that of polling.",
    ] = None

    def plain_headers(self) -> dict[str, str]:
        """The headers with their values revealed, for the request that needs them."""
        return {name: value.reveal() for name, value in self.headers.items()}

    def login(self) -> tuple[str, str] | None:
        """User name and password revealed, for the request that needs them."""
        if self.auth is None:
            return None
        user, _, password = self.auth.reveal().partition(":")
        return user, password

    def proxy_url(self, general: Secret | None) -> str | None:
        """The proxy to go through, revealed; `general` is `polling.proxy`. None: no proxy."""
        chosen = self.proxy or general
        url = chosen.reveal() if chosen else kinds.DIRECT
        return None if url == kinds.DIRECT else url


@dataclass(frozen=True, slots=True)
class Outlet:
    """A publisher: identified by `domain`, unique in a configuration; counted by `family`."""

    name: str
    domain: str
    family: str
    feeds: tuple[Feed, ...] = ()


@dataclass(frozen=True, slots=True)
class Receiver:
    """A named destination of alerts."""

    name: Annotated[str, kinds.NAME, "How watches refer to it."]
    url: Annotated[
        Secret,
        kinds.RECEIVER_URL,
        "Apprise URL (slack://, mailto://, ...); better ${NAME}, file:PATH or credential:NAME.",
    ]
    quiet_hours: Annotated[
        QuietHours | None,
        kinds.QUIET_HOURS,
        "Local time in which alerts wait, such as 22:00-07:00 Europe/Paris; without a zone, UTC.",
    ] = None
    hourly_cap: Annotated[
        int | None, kinds.integer(1, 10_000), "Most messages an hour; default: no cap."
    ] = None
    group_wait: Annotated[
        int,
        kinds.duration("0s", "1h"),
        "How long an alert waits for others of its watch and story, to come in one message.",
    ] = 30
    template: Annotated[
        str | None,
        kinds.FILE,
        "File with the message in your own words ($headline, $outlet ...), relative to feeds.yaml.",
    ] = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What raises an alert; `value` for those in `CONDITIONS` that take one, else None.

    reach: families (int); velocity: new families an hour (float); outlet: domains between commas;
    family: names, a line each; burst: how many outlets, and after a colon the domains it is
    narrowed to, between commas; feed_bad: the same domains (str), None for all.
    """

    name: str
    value: int | float | str | None = None


CONDITIONS: Mapping[str, kinds.Kind | None] = {
    "resurfaced": None,
    "first_copy": None,
    "new_copy": None,
    "reach": kinds.integer(2, 10_000),
    "velocity": kinds.number_above(0),
    "outlet": watched.names("an outlet's domain or its name in this file", ","),
    "family": watched.names("a family of this file", "\n"),
    "burst": kinds.integer(2, 1_000),
    "new_mention": None,
    "credit_stripped": None,
    "credit_wrong": None,
    "redated": None,
    "origin_edited": None,
    "origin_withdrawn": None,
    "copy_removed": None,
    "missing_origin": None,
    "feed_bad": None,
}


# What a phrase can raise, which has no text of its own to be copied, credited or edited.
OF_PHRASES = frozenset(
    {
        *("new_mention", "first_copy", "resurfaced", "reach", "velocity"),
        *("outlet", "family", "burst", "feed_bad"),
    }
)
# And what nothing but a phrase can.
OF_PHRASES_ALONE = frozenset({"new_mention"})

ALERT_ON = (Condition("resurfaced"), Condition("first_copy"))


@dataclass(frozen=True, slots=True)
class Watch:
    """A tracked text or phrase. `target`: an address, an absolute path, the text or the phrase.

    A watch of kind `feeds` follows no text, only how the feeds are; its target is empty.
    """

    name: str
    target_kind: Literal["story", "file", "text", "phrase", "feeds"]
    target: str
    alert_on: tuple[Condition, ...] = ALERT_ON
    dormant_after: int | None = None  # seconds; None: from the story's own gaps
    notify: tuple[str, ...] = ()  # names of receivers
    translations: float | None = None  # suggested ones at least this sure join; None: none do


@dataclass(frozen=True, slots=True)
class Agency:
    """A source that copies may credit, added to the built-in list."""

    name: Annotated[str, kinds.NAME, "The agency or source, as it should be shown."] = field(
        metadata={"key": "agent"}
    )
    aliases: Annotated[
        tuple[Annotated[str, kinds.NAME], ...], "Other words that mean it in a credit."
    ] = field(default=(), metadata={"key": "words"})


@dataclass(frozen=True, slots=True)
class Polling:
    """How feeds and pages are fetched. Times in seconds."""

    min_interval: Annotated[
        int, kinds.duration("1s", "7d"), "No feed is polled more often, unless it has an interval."
    ] = 300
    max_interval: Annotated[
        int, kinds.duration("1s", "30d"), "No feed is polled less often, unless it asks for it."
    ] = 86_400
    workers: Annotated[int, kinds.integer(1, 64), "Processes that parse and extract."] = 2
    allow_hosts: Annotated[
        tuple[Annotated[str, kinds.HOST], ...],
        "Hosts that may have a private or loopback address.",
    ] = ()
    user_agent: Annotated[str, kinds.USER_AGENT, "Sent with each request; name a contact."] = (
        USER_AGENT
    )
    timeout: Annotated[int, kinds.duration("1s", "10m"), "Longest time for one request."] = 30
    proxy: Annotated[
        Secret | None,
        kinds.PROXY,
        "Proxy for all requests: http://[user:password@]host:port; better ${NAME} or file:PATH.",
    ] = None


@dataclass(frozen=True, slots=True)
class Alerts:
    """What is made of alerts beside telling receivers."""

    feed: Annotated[
        str | None,
        kinds.FILE,
        "File to keep an Atom feed of the latest alerts in, relative to the working directory.",
    ] = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures for Prometheus, and whether the daemon is well; off unless there is an address."""

    listen: Annotated[
        str | None,
        kinds.LISTEN,
        "Address to serve /metrics, /healthz and /readyz at, such as 127.0.0.1:9464.",
    ] = None
    expose: Annotated[
        Literal["loopback", "network"],
        "Who may reach it: only this machine, or whoever the network lets through (no password).",
    ] = "loopback"


@dataclass(frozen=True, slots=True, repr=False)
class Storage:
    """Where and how long to keep. Times in seconds. repr hides the password in `url`."""

    url: Annotated[
        str, kinds.DATABASE, "sqlite:///FILE (relative to the working directory) or postgresql://."
    ] = "sqlite:///var/watcher.db"
    index_age: Annotated[
        int, kinds.duration("1d", "36500d"), "Copies are looked for among texts up to this age."
    ] = 90 * 86_400
    keep_bodies: Annotated[
        int, kinds.duration("1d", "36500d"), "Texts outside of any story are dropped after this."
    ] = 400 * 86_400
    keep_polls: Annotated[
        int,
        kinds.duration("1d", "36500d"),
        "Polls are dropped after this; those that failed, with the texts.",
    ] = 30 * 86_400
    min_free: Annotated[
        int, kinds.SIZE, "Polling rests while the database's disk has less space left."
    ] = 500_000_000
    index: Annotated[
        str,
        kinds.choice("memory", "database"),
        "Where copies are looked for: in a copy of the index in each daemon's memory, or in tables"
        " of PostgreSQL.",
    ] = "memory"

    def __repr__(self) -> str:
        url = re.sub(r"(?<=:)[^:@/]*(?=@)|(?<=password=)[^&]*", "***", self.url)
        kept = ("index_age", "index", "keep_bodies", "keep_polls", "min_free")
        told = "".join(f", {name}={getattr(self, name)}" for name in kept)
        return f"Storage(url={url!r}{told})"


@dataclass(frozen=True, slots=True)
class Config:
    """All of feeds.yaml. `path` is the file it came from; None where a program made it."""

    path: Path | None = None
    outlets: tuple[Outlet, ...] = ()
    receivers: tuple[Receiver, ...] = ()
    watches: tuple[Watch, ...] = ()
    polling: Polling = Polling()
    storage: Storage = Storage()
    alerts: Alerts = Alerts()
    metrics: Metrics = Metrics()
    credits: tuple[Agency, ...] = ()
    credit_phrases: tuple[str, ...] = ()
