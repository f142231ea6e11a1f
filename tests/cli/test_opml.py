"""OPML in and out of feeds.yaml: every character that was there stays, hostile lists do no harm."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
import yaml

from tests.cli.conftest import Run
from tests.report.sample import NOW
from watcher import config
from watcher.core.errors import ParseError
from watcher.core.opml import Known, Subscription, group, write
from watcher.domains import registrable
from watcher.parse import opml

OURS = """\
# Whom we watch.
outlets:
  # The coast
  - name: Coast Daily   # since 1911
    domain: coast.example
    feeds:
      - https://feeds.coastcdn.example/all   # everything

      # its world news
      - url: https://coast.example/world
        interval: 15m # ours
  - {name: Harbour, feeds: [https://harbour.example/rss]} # on one line
#  - name: not yet

watches:
  - {name: w, text: "some text that is long enough to be looked for everywhere it may turn up"}
"""


def outline(url: str, title: str = "", more: str = "", inside: str = "") -> str:
    return f"<outline text={quoteattr(title)} xmlUrl={quoteattr(url)} {more}>{inside}</outline>"


def folder(name: str, *inside: str) -> str:
    return f"<outline text={quoteattr(name)}>{''.join(inside)}</outline>"


def document(*outlines: str) -> str:
    return (
        '<?xml version="1.0"?><opml version="1.0"><head><title>Mine</title></head>'
        f"<body>{''.join(outlines)}</body></opml>"
    )


def given(tmp_path: Path, *outlines: str, ours: str | None = OURS) -> None:
    (tmp_path / "in.opml").write_text(document(*outlines), encoding="utf-8")
    if ours is not None:
        (tmp_path / "feeds.yaml").write_bytes(ours.encode())


# ------------------------------------------------------------------ into feeds.yaml


def test_what_stood_there_stays_and_feeds_join_their_outlets(run: Run, tmp_path: Path) -> None:
    given(
        tmp_path,
        outline("http://www.coast.example/world/", "known"),  # another scheme, www, a slash
        outline("https://coast.example/sport", "Coast: sport"),
        outline("https://cdn.coastcdn.example/more", "of the same house"),
        outline("https://harbour.example/atom?x=1,2", "Harbour"),
        outline("https://north.example/a", "Northern Post: all"),
        outline("https://www.north.example/b", "Northern Post: b"),
    )
    result = run("feeds", "import", "in.opml")
    assert result.exit_code == 0, result.output
    assert "5 feeds added, 1 outlet of them new" in result.stdout
    assert "followed already: http://www.coast.example/world/" in result.stderr
    assert (tmp_path / "feeds.yaml").read_text() == OURS.replace(
        "        interval: 15m # ours\n",
        "        interval: 15m # ours\n"
        "      - https://coast.example/sport\n"
        "      - https://cdn.coastcdn.example/more\n",
    ).replace(
        "[https://harbour.example/rss]} # on one line\n",
        '[https://harbour.example/rss, "https://harbour.example/atom?x=1,2"]} # on one line\n'
        "\n"
        "  - name: north.example\n"
        "    feeds:\n"
        "      - https://north.example/a\n"
        "      - https://www.north.example/b\n",
    )
    assert (tmp_path / "feeds.yaml.bak").read_text() == OURS
    assert sorted(p.name for p in tmp_path.iterdir()) == ["feeds.yaml", "feeds.yaml.bak", "in.opml"]
    config.load(tmp_path / "feeds.yaml", {})
    again = run("feeds", "import", "in.opml")
    assert again.exit_code == 1
    assert "Nothing to add." in again.stderr


def test_dry_run_prints_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    given(tmp_path, outline("https://north.example/a", "Northern Post"))
    result = run("feeds", "import", "in.opml", "--dry-run")
    assert result.exit_code == 0
    assert "  - name: Northern Post\n" in result.stdout
    assert (tmp_path / "feeds.yaml").read_text() == OURS
    assert not (tmp_path / "feeds.yaml.bak").exists()


@pytest.mark.parametrize(
    "ours",
    [
        None,
        "",
        "# nothing yet\n",
        "outlets:\n",
        "outlets: # none yet\nwatches: []\n",
        "outlets: []\n",
        "watches: []",
        "outlets: [{feeds: [https://a.example/]}]",
        "outlets:\n- feeds:\n  - https://a.example/",
        "outlets:\r\n- feeds:\r\n  - https://a.example/\r\n",
        "outlets:\n- feeds: [\n    https://a.example/, # one\n  ]\n  name: >-\n    A\n    B\n"
        "watches: []\n",
    ],
)
def test_any_style_of_file_takes_new_outlets(run: Run, tmp_path: Path, ours: str | None) -> None:
    given(
        tmp_path, outline("https://north.example/a", "N"), outline("https://a.example/b"), ours=ours
    )
    result = run("feeds", "import", "in.opml")
    assert result.exit_code == 0, result.output
    path = tmp_path / "feeds.yaml"
    urls = {f.url for o in config.load(path, {}).outlets for f in o.feeds}
    assert {"https://north.example/a", "https://a.example/b"} <= urls
    written = path.read_bytes().decode()
    if ours:
        # Every word that stood there still does, `[]` and a closing "]}]" aside.
        assert all(word in written for word in ours.replace("]}]", "").replace("[]", "").split())
        assert ("\r\n" in ours) == ("\r\n" in written)
        assert written.count("\n") == written.count("\r\n") or "\r\n" not in ours


def test_folders_name_outlets_and_are_families_only_when_asked(run: Run, tmp_path: Path) -> None:
    given(
        tmp_path,
        folder(
            "Morning",
            folder(
                "The Post", outline("https://post.example/a"), outline("https://post.example/b")
            ),
            outline("https://one.example/rss", "One"),
            outline("https://two.example/rss", "Two"),
        ),
        ours="outlets: []\n",
    )
    result = run("feeds", "import", "in.opml")
    assert "folder Morning: taken as a topic; --families makes it a family" in result.stderr
    outlets = config.load(tmp_path / "feeds.yaml", {}).outlets
    assert [(o.name, o.family) for o in outlets] == [
        ("The Post", "The Post"),
        ("One", "One"),
        ("Two", "Two"),
    ]
    (tmp_path / "feeds.yaml").write_text("outlets: []\n")
    run("feeds", "import", "in.opml", "--families")
    outlets = config.load(tmp_path / "feeds.yaml", {}).outlets
    assert [(o.name, o.family) for o in outlets] == [
        ("The Post", "The Post"),
        ("One", "Morning"),
        ("Two", "Morning"),
    ]


def test_round_trip(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(
        """\
outlets:
  - name: "Coast: Daily <1> & 'co'"
    domain: coast.example
    family: "Coast \\"Group\\""
    feeds: [https://cdn.example/all?a=1&b=2, https://cdn.example/two]
  - name: "$${HOME} Times"
    feeds: [https://home.example/rss]
  - name: Küste
    family: "Coast \\"Group\\""
    feeds: [{url: https://xn--kste-0ra.example/rss, interval: 15m}]
""",
        encoding="utf-8",
    )
    before = config.load(tmp_path / "feeds.yaml", {}).outlets
    assert run("feeds", "export", "-o", "out.opml").exit_code == 0
    shown = run("feeds", "export")
    assert shown.stdout == (tmp_path / "out.opml").read_text(encoding="utf-8")
    (tmp_path / "feeds.yaml").unlink()
    result = run("feeds", "import", "out.opml")
    assert result.exit_code == 0, result.output
    after = config.load(tmp_path / "feeds.yaml", {"HOME": "a secret"}).outlets

    def said(outlets: tuple[config.Outlet, ...]) -> list[tuple[object, ...]]:
        return sorted((o.name, o.domain, o.family, [f.url for f in o.feeds]) for o in outlets)

    assert said(after) == said(before)


def test_a_file_that_cannot_take_them_is_left_alone(run: Run, tmp_path: Path) -> None:
    broken = "outlets:\n  - name: x\n    feeds: {a: b\n"
    given(tmp_path, outline("https://north.example/a"), ours=broken)
    result = run("feeds", "import", "in.opml")
    assert result.exit_code == 2
    assert (tmp_path / "feeds.yaml").read_text() == broken
    given(tmp_path, outline("https://north.example/a"), ours="- just a list\n")
    assert run("feeds", "import", "in.opml").exit_code == 2


# ------------------------------------------------------------------ hostile lists


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("javascript:alert(1)", "only addresses that begin"),
        ("file:///etc/passwd", "only addresses that begin"),
        ("https://x.example/${SLACK_URL}", "it holds ${"),
        ("https://me:secret@x.example/", "a user name or password"),
        ("https://x.example/a b", "not a web address"),
        ("https://x.example/\nreceivers:", "not a web address"),
        ("https://x.example/" + "a" * 3000, "not a web address"),
        ("", "only addresses that begin"),
    ],
)
def test_addresses_that_are_refused(url: str, why: str) -> None:
    read = opml.read(
        document(outline(url.replace("\n", "&#10;"))).replace("&amp;#10;", "&#10;").encode()
    )
    assert read.subscriptions == ()
    assert why in read.refused[0]
    assert len(read.refused[0]) < 250


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("feed://x.example/rss", "http://x.example/rss"),
        ("feed:https://x.example/rss", "https://x.example/rss"),
        ("feed://https://x.example/rss", "https://x.example/rss"),
        (" https://x.example/rss?a=1&b=2 ", "https://x.example/rss?a=1&b=2"),
    ],
)
def test_addresses_as_other_readers_write_them(url: str, kept: str) -> None:
    assert [s.url for s in opml.read(document(outline(url)).encode()).subscriptions] == [kept]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<!DOCTYPE opml [<!ENTITY a "b">]><opml><body/></opml>', "entities"),
        ('<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml>&a;</opml>', "entities"),
        ("<rss/>", "notopml"),
        ("<opml><body>", "truncated"),
        ("", "truncated"),
        ("no XML", "truncated"),
        (document("<outline text='x'>" * 40 + "</outline>" * 40), "toobig"),
        (document("<outline/>" * 20_001), "toobig"),
        ("<opml>" + " " * 5_000_000, "toobig"),
    ],
)
def test_lists_that_are_refused(body: str, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        opml.read(body.encode())
    assert caught.value.reason == reason


@pytest.mark.parametrize("second", ["", "<?xml version='1.0' encoding='utf-7'?>"])
def test_encodings_that_expat_has_no_table_for(second: str) -> None:
    # `second` is what fuzzing found: a declaration behind the one that is taken away.
    body = f"<?xml version='1.0' encoding='utf-7'?>{second}<opml><body>{outline('https://x.example/')}</body></opml>"
    assert [s.url for s in opml.read(body.encode()).subscriptions] == ["https://x.example/"]


def test_an_ill_formed_list_is_read(run: Run, tmp_path: Path) -> None:
    body = document(outline("https://x.example/?a=1&b=2", "Fish & chips")).replace("&amp;", "&")
    read = opml.read(b"\xef\xbb\xbf" + body.encode())
    assert [(s.url, s.title) for s in read.subscriptions] == [
        ("https://x.example/?a=1&b=2", "Fish & chips")
    ]


def test_a_refused_list_is_bad_usage(run: Run, tmp_path: Path) -> None:
    given(tmp_path)
    (tmp_path / "in.opml").write_text("<html/>")
    result = run("feeds", "import", "in.opml")
    assert result.exit_code == 2
    assert "<html> is not an OPML document" in result.stderr
    assert (tmp_path / "feeds.yaml").read_text() == OURS


def test_titles_cannot_write_yaml_or_reach_the_environment(run: Run, tmp_path: Path) -> None:
    hostile = [
        "a\nreceivers: [x]",
        "yes",
        "12",
        "${HOME}",
        "- x",
        "# x",
        'q"q',
        "k: v",
        "\u202ex",
        "x" * 900,
    ]
    given(
        tmp_path,
        *(outline(f"https://h{n}.example/", title) for n, title in enumerate(hostile)),
        ours="outlets: []\n",
    )
    result = run("feeds", "import", "in.opml")
    assert result.exit_code == 0, result.output
    loaded = config.load(tmp_path / "feeds.yaml", {"HOME": "secret"})
    assert [o.name[:40] for o in loaded.outlets] == [
        "a receivers: [x]", "yes", "12", "${HOME}", "- x", "# x", 'q"q', "k: v", "x", "x" * 40,
    ]  # fmt: skip
    assert set(yaml.safe_load((tmp_path / "feeds.yaml").read_text())) == {"outlets"}


# ------------------------------------------------------------------ whose feed it is


def test_hosts_that_serve_feeds_for_others() -> None:
    wanted = [
        Subscription("https://feeds.feedburner.com/a", "A", "https://a.example/"),
        Subscription("https://feeds.feedburner.com/b", "B", "https://www.b.example/"),
        Subscription("https://one.substack.com/feed", "One"),
        Subscription("https://two.substack.com/feed", "Two"),
    ]
    known = (Known("A", "a.example", ("https://feeds.feedburner.com/a2",)),)
    joining = group(wanted, known, registrable).joining
    assert [(j.domain, j.name, j.known) for j in joining] == [
        ("a.example", "A", True),
        ("b.example", "B", False),
        ("one.substack.com", "One", False),
        ("two.substack.com", "Two", False),
    ]


def test_names_are_not_taken_twice() -> None:
    wanted = [Subscription(f"https://{n}.example/rss", "News") for n in "abc"]
    joining = group(wanted, (Known("news", "z.example"),), registrable).joining
    assert [j.name for j in joining] == ["News (2)", "News (3)", "News (4)"]


def test_what_is_written_has_no_character_that_xml_forbids() -> None:
    text = write([Subscription("https://a.example/", 'A\x00\x1b[31m\ud800 "<&>"')], "t\x08", NOW)
    (only,) = opml.read(text.encode()).subscriptions
    assert only.title == 'A "<&>"'
