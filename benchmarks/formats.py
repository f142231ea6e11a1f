"""Every feed of the corpora gives entries or a clear reason; dates are right or refused.

    python benchmarks/formats.py [corpora|peers|dates ...] [--differences] [--data DIR]

Exit code 1 where a document crashes the parser, a difference from another parser's expectation is
unexplained, or a date is read otherwise than it was worked out by hand.
"""

from __future__ import annotations

import sys
import tarfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import corpora
from corpora import HERE

sys.path.insert(0, str(HERE.parent))
import format_peers
from format_peers import NOW, URL, Files
from format_rules import Compared

from watcher import parse
from watcher.core import dates
from watcher.core.errors import ParseError

PARTS = ("corpora", "peers", "dates")
NOT_WELL_FORMED = ("not well-formed", "cut short", "XML forbids", "text before the document")

# weird_dates.txt, line by line, worked out by hand: the instant in UTC, and what is flagged.
# Lines 11 to 13 say EDT in February, 1, 21 and 41 name a zone in or out of its season; the
# weekday of lines 9 and 44 is not that of the date.
WEIRD: tuple[tuple[str | None, str | None], ...] = (
    ("2017-12-17T18:55", None),
    ("2016-12-09T12:00", None),
    ("2017-12-22T15:09", "naive"),
    ("2017-12-08T15:07", "naive"),
    ("2016-02-24T23:00", None),
    ("2018-04-09T16:04", "naive"),
    ("2018-01-22T23:00", None),
    ("2018-03-28T22:00", None),
    ("2018-04-08T22:00", "weekday"),
    ("2018-03-13T09:22:49", None),
    ("2016-02-17T03:16", "zone"),
    ("2016-02-17T03:16", "zone"),
    ("2016-02-17T03:16", "zone"),
    ("2020-03-30T19:02:38", "naive"),
    ("2020-03-30T19:53", None),
    ("2020-03-30T19:19", "naive"),
    ("2018-12-12T12:12", "naive"),
    ("2020-11-08T21:20", None),
    ("2020-11-16T10:57", "naive"),
    ("2020-11-06T00:00", "naive"),
    ("2020-11-17T04:12", None),
    ("2020-11-16T15:54", "naive"),
    ("2020-11-12T17:00", None),
    ("2020-04-11T07:51:49", None),
    ("2020-11-16T13:16:28", None),
    (None, "unparsed"),
    ("2020-07-03T15:09:58", None),
    ("2020-06-26T00:00", "naive"),
    ("2020-10-29T14:36:03", None),
    ("2020-04-01T22:00", None),
    ("2016-01-04T12:37", "naive"),
    ("2018-10-23T04:07:42", None),
    ("2019-08-05T00:00", "naive"),
    ("2020-12-01T16:11:02", None),
    ("2020-10-15T00:00:39", None),
    ("2020-11-19T00:00:39", None),
    ("2022-09-26T00:00", None),
    ("2023-06-22T17:11", None),
    ("2023-04-16T08:01", None),
    ("2023-06-23T19:00", None),
    ("2014-09-16T00:20", "zone"),
    ("2023-06-23T09:32:20", None),
    ("2023-10-28T20:28:28", "naive"),
    ("2023-10-06T16:29", "weekday"),
    ("2023-10-30T21:55:58", "naive"),
    ("2023-10-30T00:00", "naive"),
)


def archive(path: Path) -> Files:
    """The files of an archive by name, licences and notes left out."""
    with tarfile.open(path) as tar:
        found = {}
        for member in tar:
            source = tar.extractfile(member) if member.isfile() else None
            if source is not None and not member.name.endswith(("LICENSE", ".md")):
                found[member.name.split("/", 1)[1]] = source.read()
    return found


def documents(name: str, files: Files) -> Files:
    """The feeds among them; the rest is what other parsers expect."""
    if name == "feedparser":
        return files
    if name == "gofeed":
        return {
            n: body
            for n, body in files.items()
            if n.endswith(".xml")
            or (("/json/" in n or "universal/" in n) and not n.endswith("_expected.json"))
        }
    expected = (".expected.json",)
    return {
        n: body
        for n, body in files.items()
        if not n.endswith(expected) and (not n.endswith(".json") or f"{n[:-5]}.xml" not in files)
    }


def read_all(folder: Path) -> int:
    """The table by corpus; the number of documents that crash the parser or lose all entries."""
    print(
        "| corpus | files | read | entries | has none | has some, none read "
        "| not well-formed, read | refused | CPU ms a feed |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    crashes = 0
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for name in ("real200", "feedparser", "gofeed"):
        feeds = documents(name, archive(folder / f"{name}.tar.gz"))
        counts: Counter[str] = Counter()
        started = time.process_time()
        for body in feeds.values():
            try:
                found = parse.feed(body, url=URL, content_type="", now=NOW)
            except ParseError as error:
                counts["refused"] += 1
                reasons[name][error.reason] += 1
                continue
            except Exception as error:  # noqa: BLE001  what this benchmark is there to count
                crashes += 1
                reasons[name][f"CRASH {error!r}"[:60]] += 1
                continue
            counts["read"] += 1
            counts["entries"] += len(found.entries)
            lost = any("names entries" in w for w in found.warnings)
            counts["lost"] += lost
            counts["empty"] += not found.entries and not lost
            counts["ill"] += any(mark in w for w in found.warnings for mark in NOT_WELL_FORMED)
        spent = 1000 * (time.process_time() - started) / len(feeds)
        told = ", ".join(f"{n} {reason}" for reason, n in sorted(reasons[name].items())) or "0"
        print(
            f"| {name} | {len(feeds)} | {counts['read']} | {counts['entries']} | {counts['empty']} "
            f"| {counts['lost']} | {counts['ill']} | {told} | {spent:.2f} |"
        )
        crashes += counts["lost"]
    return crashes


def peers(folder: Path, *, differences: bool) -> int:
    """Fields against the expectations of others; the number of unexplained differences."""
    unexplained = 0
    for name, compare in (
        ("gofeed", format_peers.gofeed),
        ("real200", format_peers.fastfeedparser),
        ("feedparser", format_peers.feedparser),
    ):
        found = list(compare(archive(folder / f"{name}.tar.gz")))
        compared = [c for c in found if c.verdict != "not kept"]
        same = sum(c.verdict == "same" for c in compared)
        print(f"\n{name}: {len(compared)} fields compared, {same} the same")
        if len(found) > len(compared):
            print(f"({len(found) - len(compared)} more are of fields that are not kept)")
        print("\n| verdict | fields | why |\n| --- | --- | --- |")
        groups: dict[tuple[str, str], list[Compared]] = defaultdict(list)
        for c in compared:
            if c.verdict != "same":
                groups[c.verdict, c.reason].append(c)
        for (verdict, reason), members in sorted(
            groups.items(), key=lambda g: (g[0][0], -len(g[1]))
        ):
            fields = Counter(c.field for c in members)
            told = ", ".join(f"{n} {field}" for field, n in fields.most_common())
            print(f"| {verdict} | {told} | {reason} |")
            unexplained += len(members) if verdict == "unexplained" else 0
            if differences or verdict == "unexplained":
                for c in members:
                    print(f"    {c.name} {c.field}: theirs {c.theirs!r:.100}, ours {c.ours!r:.100}")
    return unexplained


def weird(path: Path) -> int:
    """Each line as read; the number that differs from what was worked out by hand."""
    lines = path.read_text(encoding="utf-8").splitlines()
    wrong = 0
    print("\n| line | raw | read as, UTC | note | by hand |\n| --- | --- | --- | --- | --- |")
    counts: Counter[str] = Counter()
    for number, (raw, (at, note)) in enumerate(zip(lines, WEIRD, strict=True), 1):
        got = dates.read(raw, NOW)
        told = got.at.isoformat()[:19] if got and got.at else None
        want = f"{at}:00"[:19] if at else None
        right = got is not None and (told, got.note) == (want, note)
        wrong += not right
        counts["read" if told else "refused"] += 1
        counts["flagged"] += bool(told and got and got.note)
        print(
            f"| {number} | {raw} | {told} | {got and got.note} | {'the same' if right else want} |"
        )
    print(f"\n{len(lines)} dates: {dict(counts)}, {wrong} otherwise than by hand")
    return wrong


def main() -> int:
    parser = corpora.arguments(__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=str(PARTS))
    parser.add_argument("--differences", action="store_true", help="name each difference")
    options = parser.parse_args()
    folder = options.data / "feeds"
    if not folder.is_dir():
        raise SystemExit(f"no corpora at {folder}: name them with --data")
    parts = options.parts or PARTS
    faults = 0
    if "corpora" in parts:
        faults += read_all(folder)
    if "peers" in parts:
        faults += peers(folder, differences=options.differences)
    if "dates" in parts:
        faults += weird(folder / "weird_dates.txt")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
