"""Rendering: columns, wide scripts, hostile text, JSON lines and CSV."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from watcher.cli.render import Column, Output, byte_size, csv_cell, visible
from watcher.report import Interval

AT = datetime(2016, 9, 18, 10, 0, 5, tzinfo=UTC)
TABLE = Output()
COLUMNS: tuple[Column[dict[str, object]], ...] = (
    Column("ID", lambda row: row["id"], right=True),
    Column("OUTLET", lambda row: row["outlet"], wide=True),
    Column("TITLE", lambda row: row["title"], wide=True),
    Column("SHARE", lambda row: row["share"], right=True),
)


def printed(
    capsys: pytest.CaptureFixture[str], out: Output, rows: list[dict[str, object]]
) -> list[str]:
    assert out.rows(rows, COLUMNS) == len(rows)
    return capsys.readouterr().out.splitlines()


def row(title: str, outlet: str = "Times", share: object = 0.5, id_: int = 7) -> dict[str, object]:
    return {"id": id_, "outlet": outlet, "title": title, "share": share}


@pytest.fixture(autouse=True)
def eighty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_columns_are_aligned_under_their_heads(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, TABLE, [row("Short"), row("A longer one", "T", 1.0, 12)]) == [
        "ID  OUTLET  TITLE         SHARE",
        " 7  Times   Short          0.50",
        "12  T       A longer one   1.00",
    ]


def test_wide_scripts_take_two_cells_each(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(
        capsys, TABLE, [row("泄露的文件", "日报"), row("e\u0301te\u0301 ", "한겨레 신문")]
    )
    ends = {cell_len(line) for line in lines}
    assert len(ends) == 1
    assert lines[2].startswith(" 7  한겨레 신문  ")


@pytest.mark.parametrize("title", ["long " * 60, "泄露的文件" * 40, "x" * 300])
@pytest.mark.parametrize("columns", ["80", "60"])
def test_no_line_is_longer_than_the_screen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, title: str, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = printed(capsys, TABLE, [row(title, "outlet " * 9), row("short")])
    assert max(cell_len(line) for line in lines) <= int(columns)
    assert "…" in lines[1]
    assert lines[2].endswith("0.50")


@given(st.lists(st.tuples(st.text(max_size=90), st.text(max_size=90)), min_size=1, max_size=5))
def test_any_text_stays_in_its_column_and_on_its_line(texts: list[tuple[str, str]]) -> None:
    rows = [row(title, outlet) for title, outlet in texts]
    lines = list(TABLE._table(rows, COLUMNS))
    assert len(lines) == 1 + len(rows)
    assert all(cell_len(line) <= 80 for line in lines)
    assert all(line.endswith("0.50") for line in lines[1:])
    assert all(visible(line) == line for line in lines)


def test_nothing_a_terminal_would_act_on_gets_through() -> None:
    assert visible("a\x1b[31mb\x9bc\x07") == "a\\u{1b}[31mb\\u{9b}c\\u{7}"
    assert visible("gnp\u202eexe\u2066\u200b\ufeff") == "gnp\\u{202e}exe\\u{2066}\\u{200b}\\u{feff}"
    assert visible("one\r\n\ttwo\u2028three") == "one two three"
    assert visible("\ud800 \U000e0041") == "\\u{d800} \\u{e0041}"


@pytest.mark.parametrize("text", ["می‌خواهم", "क्‍ष", "👩‍👩‍👧", "Ünïcödé", "אבג"])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (Interval(None, AT), "by 2016-09-18T10:00Z (start unknown)"),
        (Interval(AT - timedelta(minutes=15), AT), "2016-09-18 after 09:45, by 10:00Z"),
        (
            Interval(AT - timedelta(days=1), AT),
            "after 2016-09-17T10:00Z, by 2016-09-18T10:00Z",
        ),
        (Interval(AT, AT), "2016-09-18T10:00Z"),
    ],
)
def test_intervals_say_what_is_known(seen: Interval, said: str) -> None:
    assert TABLE.interval(seen) == said


def test_times_are_utc_whatever_their_zone() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert TABLE.time(elsewhere) == "2016-09-18T10:00Z"
    assert Output("json").json(elsewhere) == '"2016-09-18T10:00:05Z"'


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-7", "'-7"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("＝1+1", "'＝1+1"),
        ("a=1", "a=1"),
        (-7, -7),
        (-0.5, -0.5),
        (None, None),
        (True, "true"),
    ],
)
def test_a_spreadsheet_runs_nothing(value: object, cell: object) -> None:
    assert csv_cell(value) == cell


def test_csv_has_a_header_and_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row('say "hi", twice', share=None), row("=cmd()", share=(1, "b"))]
    text = "\n".join(printed(capsys, Output("csv"), rows))
    assert list(csv.reader(io.StringIO(text))) == [
        ["id", "outlet", "title", "share"],
        ["7", "Times", 'say "hi", twice', ""],
        ["7", "Times", "'=cmd()", "1; b"],
    ]


def test_csv_without_rows_still_names_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    assert Output("csv").rows([], (), names=("a", "b")) == 0
    assert capsys.readouterr().out == "a,b\n"


@given(st.text(st.characters(exclude_categories=[])))
def test_json_lines_are_safe_to_show_and_lose_nothing(text: str) -> None:
    line = Output("json").json({"title": text})
    assert visible(line) == line
    # A pair of surrogates is one character to every reader of JSON.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert json.loads(line) == {"title": whole}


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 bytes"), (1500, "1.5 kB"), (2_400_000_000, "2.4 GB")]
)
def test_sizes_are_for_people(count: int, said: str) -> None:
    assert byte_size(count) == said
