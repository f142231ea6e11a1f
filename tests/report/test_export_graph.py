"""The graph as GraphML that readers open, rows as Parquet with types; hostile titles stay text."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import networkx
import pyarrow.parquet as pq
import pytest
from lxml import etree

from storage import models
from storage.db import open_database
from tests.report.sample import FIRST, HOSTILE, NOW, add, article, match
from watcher.report import export, graphml, parquet
from watcher.report.reader import Reader

BAD = 'a<b>&"\x00\x0b\ud800\ufffe]]>\U0001f600'


def graph_of(reader: Reader, by: str = "article") -> networkx.DiGraph:
    nodes, edges = export.graph_fields(by)
    lines = graphml.lines(reader.export_graph(by), nodes, edges, export.TYPES)
    return networkx.read_graphml(io.BytesIO("".join(lines).encode()))


def test_the_graph_has_the_articles_that_match_and_their_matches(reader: Reader) -> None:
    rows = list(reader.export_graph())
    assert [row["id"] for of, row in rows if of == "node"] == [11, 12, 13, 21, 22, 31]
    edges = [row for of, row in rows if of == "edge"]
    assert all(tuple(row) == export.EDGE_FIELDS for row in edges)
    assert (edges[1]["source"], edges[1]["target"], edges[1]["kind"], edges[1]["status"]) == (
        11,
        13,
        "excerpt",
        "confirmed",
    )
    assert [row for of, row in reader.export_graph(nodes=False) if of == "node"] == []


def test_readers_of_graphml_open_it(reader: Reader) -> None:
    graph = graph_of(reader)
    assert set(graph) == {"11", "12", "13", "21", "22", "31"}
    assert graph.nodes["11"]["external_id"] == "cable-1"
    assert graph.nodes["11"]["words"] == 40
    edge = graph.edges["11", "13"]
    assert (edge["paste"], edge["distance"], edge["same_outlet"]) == (0.3123, 29, False)
    assert graph.nodes["21"]["title"] == HOSTILE.replace("\x1b", "")


@pytest.mark.parametrize("by", ["article", "outlet"])
def test_a_hostile_title_stays_text(by: str) -> None:
    nodes, edges = export.graph_fields(by)
    rows = [
        ("node", {"id": BAD, **dict.fromkeys(nodes[1:], BAD)}),
        ("node", {"id": "b", **dict.fromkeys(nodes[1:])}),
        ("edge", {"source": BAD, "target": "b", **dict.fromkeys(edges[2:], BAD)}),
    ]
    document = "".join(graphml.lines(rows, nodes, edges, {})).encode()
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False))
    space = {"g": "http://graphml.graphdrawing.org/xmlns"}
    clean = 'a<b>&"]]>\U0001f600'
    [first, second] = root.findall(".//g:node", space)
    assert first.get("id") == clean
    assert {data.text for data in first} == {clean}
    assert len(second) == 0
    keys = {key.get("id") for key in root.findall("g:key", space)}
    assert {data.get("key") for data in root.findall(".//g:data", space)} <= keys


def test_times_and_truth_are_written_as_xml_has_them() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    rows = [("node", {"id": 1, "by": at, "same_outlet": True, "n": 2.5})]
    fields = ("id", "by", "same_outlet", "n")
    document = "".join(graphml.lines(rows, fields, (), export.TYPES | {"n": "float"}))
    graph = networkx.read_graphml(io.BytesIO(document.encode()))
    assert graph.nodes["1"] == {"by": "2026-03-01T12:00:00Z", "same_outlet": True, "n": 2.5}


def test_the_graph_sees_one_moment(reader: Reader, sample_url: str) -> None:
    rows = reader.export_graph()
    next(rows)
    with open_database(sample_url) as database, database.write() as conn:
        add(conn, models.article, article(50, 1, 3, FIRST))
        add(conn, models.match, match(50, 31, 50, "edited"))
    nodes, edges = set(), []
    for of, row in rows:
        if of == "node":
            nodes.add(row["id"])
        else:
            edges.append((row["source"], row["target"]))
    assert 50 not in nodes
    assert (31, 50) not in edges


@pytest.mark.parametrize("what", ["matches", "stories", "sightings"])
def test_parquet_has_the_rows_with_their_types(reader: Reader, tmp_path: Path, what: str) -> None:
    path = tmp_path / "out.parquet"
    fields, rows = reader.export(what, now=NOW)
    parquet.write(path, rows, fields, export.TYPES)
    table = pq.read_table(path)
    _, again = reader.export(what, now=NOW)
    expected = list(again)
    assert tuple(table.column_names) == fields
    assert table.num_rows == len(expected)
    for found, row in zip(table.to_pylist(), expected, strict=True):
        for name in fields:
            if name in ("a", "b", "article"):
                assert found[name] == str(row[name])
            elif name == "articles":
                assert found[name] == [str(one) for one in row[name]]
            else:
                assert found[name] == row[name]


def test_parquet_of_nothing_is_a_table_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "none.parquet"
    parquet.write(path, [], export.MATCH_FIELDS, export.TYPES)
    assert pq.read_table(path).num_rows == 0
