"""People's decisions on a small archive: applied at once, final, signed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select

from storage import models
from storage.db import open_database
from tests.report.sample import NOW

Run = Callable[..., Result]

CABLE = (
    "The leaked cable names three officers who ordered the strike on the bridge, say two people"
    " who read it before it went to the ministry. The pilots had been told twice of the convoy,"
    " and nobody answered the radio for eleven minutes after the first call came in."
)
FERRIES = (
    "Ferries between the islands will run every hour from next week, the harbour office says,"
    " because the new pier was finished early and two boats came back from repair sooner than"
    " anybody had hoped. Tickets cost the same as last summer and dogs travel free."
)
NOTICE = (
    "Harbour Post is read by more than ninety thousand people between the islands every single"
    " week, and lives on what they pay for it: become one of our friends today."
)


@pytest.fixture
def own(run: Run, tmp_path: Path) -> str:
    """Articles 1-3 carry the cable, 4 and 5 the ferries; 6-8 end in one notice of their outlet."""
    texts = [("agency", CABLE), ("times", CABLE), ("post", CABLE)]
    texts += [("agency", FERRIES), ("times", FERRIES)]
    words = ("alder", "birch", "cedar")
    texts += [
        ("harbour", " ".join(f"{word} {tree}" for word in FERRIES.split()) + f"\n{NOTICE}")
        for tree in words
    ]
    rows = [
        {
            "outlet": f"{outlet}.example",
            "title": text[:20],
            "text": text,
            "published": f"2016-09-1{n}T10:00:00Z",
        }
        for n, (outlet, text) in enumerate(texts)
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    url = f"sqlite:///{tmp_path / 'w.db'}"
    result = run("import", "in.jsonl", "--workers", "1", "--db", url)
    assert result.exit_code == 0, result.stderr
    return url


def homes(run: Run, url: str) -> list[set[int]]:
    lines = run("export", "stories", "--db", url).stdout.splitlines()
    found = [set(json.loads(line)["articles"]) for line in lines]
    return sorted((one for one in found if one & {1, 2, 3, 4, 5}), key=min)


def decisions(url: str) -> list[tuple[str, int, int, str, str]]:
    with open_database(url) as database, database.read() as conn:
        d = models.decision.c
        query = select(d.verb, d.a_id, d.b_id, d.author, d.note, d.at).order_by(d.id)
        found = conn.execute(query).all()
    assert all(row.at == NOW for row in found)
    return [tuple(row)[:5] for row in found]


def test_a_pair_is_rejected_and_confirmed_again(run: Run, own: str) -> None:
    assert homes(run, own) == [{1, 2, 3}, {4, 5}]
    result = run("reject", "4", "#5", "--note", "two papers", "--author", "anna", "--db", own)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("Articles 4 and 5 are in stories ")
    assert homes(run, own) == [{1, 2, 3}, {4}, {5}]
    assert decisions(own) == [("reject", 4, 5, "anna", "two papers")]
    assert run("confirm", "4", "5", "--db", own).exit_code == 0
    assert homes(run, own) == [{1, 2, 3}, {4, 5}]
    assert decisions(own)[1][3], "whoever is logged in"


def test_texts_that_share_nothing_are_confirmed(run: Run, own: str) -> None:
    assert run("confirm", "2", "4", "--db", own).exit_code == 0
    assert homes(run, own) == [{1, 2, 3, 4, 5}]


def test_stories_are_merged_and_both_numbers_lead_to_it(run: Run, own: str) -> None:
    lines = run("export", "stories", "--db", own).stdout.splitlines()
    ids = [row["story"] for row in map(json.loads, lines) if len(row["articles"]) > 1]
    assert run("merge", *map(str, ids), "--db", own).exit_code == 0
    assert homes(run, own) == [{1, 2, 3, 4, 5}]
    first, second = (run("story", str(i), "--db", own, "--json") for i in ids)
    assert json.loads(first.stdout)["line"] == json.loads(second.stdout)["line"]
    again = run("merge", *map(str, ids), "--db", own)
    assert again.exit_code == 2
    assert "one already" in again.stderr


def test_an_article_that_was_split_off_is_only_linked(run: Run, own: str) -> None:
    (story,) = {row["story_a"] for row in matches(run, own) if row["a"] == 1}
    assert run("split", "3", "--db", own).exit_code == 0
    assert homes(run, own) == [{1, 2}, {3}, {4, 5}]
    found = json.loads(run("story", str(story), "--db", own, "--json").stdout)
    assert [(one["article"], one["kind"]) for one in found["linked"]] == [(3, "verbatim")]
    assert run("split", "3", "--db", own).exit_code == 2


def matches(run: Run, url: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("export", "matches", "--db", url).stdout.splitlines()]


def test_a_split_is_taken_back_as_a_whole(run: Run, own: str) -> None:
    run("split", "3", "--db", own)
    assert run("confirm", "3", "1", "--db", own).exit_code == 0
    assert homes(run, own) == [{1, 2, 3}, {4, 5}]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("confirm", "1", "1"), "two different"),
        (("reject", "1", "99"), "no article 99"),
        (("merge", "1", "99"), "no story 99"),
        (("split", "99"), "no article 99"),
        (("split", "6"), "alone"),
        (("confirm", "one", "2"), "not an id"),
    ],
)
def test_a_decision_on_what_is_not_there_is_refused(
    run: Run, own: str, args: tuple[str, ...], said: str
) -> None:
    result = run(*args, "--db", own)
    assert result.exit_code == 2
    assert said in result.stderr
    assert decisions(own) == []


def paragraphs(run: Run, url: str, *args: str) -> list[dict[str, object]]:
    result = run("boilerplate", "list", *args, "--db", url, "--json")
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_boilerplate_is_listed_forgotten_and_learned(run: Run, own: str) -> None:
    (line,) = paragraphs(run, own)
    assert (line["domain"], line["state"], line["articles"]) == ("harbour.example", "learned", 3)
    assert str(line["sample"]).startswith("Harbour Post is read")
    assert paragraphs(run, own, "HARBOUR.example") == [line]
    name = str(line["hash"])
    done = run("boilerplate", "forget", "harbour.example", name[:6], "--db", own)
    assert done.exit_code == 0, done.stderr
    assert f"{name} of harbour.example is forgotten; 3 articles compared anew" in done.stdout
    assert paragraphs(run, own)[0]["state"] == "forgotten"
    assert run("boilerplate", "forget", "harbour.example", name, "--db", own).exit_code == 2
    assert run("boilerplate", "learn", "harbour.example", name, "--db", own).exit_code == 0
    assert paragraphs(run, own) == [line]
    table = run("boilerplate", "list", "--db", own).stdout.splitlines()
    assert table[0].split() == ["OUTLET", "HASH", "STATE", "ARTICLES", "LEARNED", "BEGINS"]
    assert table[1].split()[:4] == ["harbour.example", name, "learned", "3"]


def test_a_paragraph_that_is_not_there_is_refused(run: Run, own: str) -> None:
    (line,) = paragraphs(run, own)
    short = str(line["hash"])[:3]
    for outlet, given in (("nowhere", "abcd"), ("harbour.example", short), ("agency.example", "0")):
        result = run("boilerplate", "forget", outlet, given, "--db", own)
        assert result.exit_code == 2
        assert result.stderr
    assert run("boilerplate", "list", "agency.example", "--db", own).exit_code == 1


IMPORTED = """\
Story 1: The leaked cable nam
dormant, 3 articles at 3 outlets of 3 families, 1 language
First claimed 2016-09-10T10:00Z (imported); last copy claimed 2016-09-12T10:00Z
Coverage: 3 articles imported, placed by their own dates; seen in no feed

#1 agency.example: root
  The leaked cable nam
  says 2016-09-10T10:00Z; imported 2016-09-26T12:00Z

#2 times.example: verbatim, paste 1.00, cut 1.00, distance 0
  The leaked cable nam
  says 2016-09-11T10:00Z; imported 2016-09-26T12:00Z

#3 post.example: verbatim, paste 1.00, cut 1.00, distance 0
  The leaked cable nam
  says 2016-09-12T10:00Z; imported 2016-09-26T12:00Z
"""


def test_the_two_clocks_of_an_imported_story_are_kept_apart(run: Run, own: str) -> None:
    (story,) = {row["story_a"] for row in matches(run, own) if row["a"] == 1}
    shown = run("story", str(story), "--db", own).stdout
    shown = shown.replace(f"Story {story}:", "Story 1:").replace("active,", "dormant,")
    head, articles = shown[: shown.index("\nFIGURES")], shown[shown.index("\n#1 ") :]
    head, inferred = re.subn(r"Origin: agency.example, as inferred .*\n", "", head)
    assert (head + articles, inferred) == (IMPORTED, 1)
    assert "Times count from the first sighting, by the outlets' own dates.\n" in shown
    assert "Rests on: all articles imported, placed by their own dates\n" in shown
    brief = run("story", str(story), "--brief", "--db", own).stdout
    assert "FIRST CLAIMED      OUTLET" in brief
    times = run("story", str(story), "--timeline", "--db", own).stdout.splitlines()
    assert any(
        line.startswith("says 2016-09-10T10:00Z (imported)    first, opens episode 1")
        for line in times
    )
    listed = run("stories", "--db", own).stdout
    assert listed.endswith("The times of imported stories are their outlets' claims.\n")
