"""Outlets put together: figures of all, the matrix of the busiest, the profile of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from storage.reads import outlets as reads
from watcher.core.values import TRACKED_DOMAIN, Span
from watcher.report.outlet_values import (
    MostCopied,
    OutletFigures,
    OutletList,
    OutletProfile,
    Pair,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FEW = 10  # sources, copiers and stories that a profile names


def figures(conn: Connection, top: int, *, whole: bool) -> OutletList:
    """All outlets; pairs among the `top` busiest, or with `whole` all there are."""
    rows = [row for row in reads.sums(conn) if row.domain != TRACKED_DOMAIN]
    copying, given = reads.copying(conn), reads.copied(conn)
    lags = reads.median_lags(conn)
    lines = {row.id: _figures(row, copying.get(row.id), given, lags) for row in rows}
    order = sorted(
        lines,
        key=lambda o: (-(lines[o].taken + lines[o].given), -lines[o].articles, lines[o].domain),
    )
    busiest = [o for o in order if lines[o].taken or lines[o].given][:top]
    domain = {row.id: row.domain for row in rows}
    pairs = reads.pairs(conn) if whole else reads.pairs(conn, copiers=busiest, sources=busiest)
    known = (pair for pair in pairs if pair.source in domain and pair.copier in domain)
    return OutletList(
        tuple(lines[o] for o in order),
        tuple(domain[o] for o in busiest),
        tuple(_pairs(known, domain)),
    )


def profile(conn: Connection, outlet_id: int) -> OutletProfile:
    """One outlet with its habits."""
    rows = {row.id: row for row in reads.sums(conn)}
    domain = {id_: row.domain for id_, row in rows.items()}
    copying, given = reads.copying(conn, outlet_id), reads.copied(conn, outlet_id)
    lags = reads.median_lags(conn, among=[outlet_id])
    later = reads.median_lags(conn, "source_outlet_id", among=[outlet_id])
    return OutletProfile(
        figures=_figures(rows[outlet_id], copying.get(outlet_id), given, lags),
        feeds=tuple((f.url, f.state) for f in reads.feeds_of(conn, outlet_id)),
        languages=tuple((row.lang, row.articles) for row in reads.languages(conn, outlet_id)),
        kinds=tuple((row.kind, row.copies) for row in reads.kinds(conn, outlet_id)),
        credits=tuple((row.verdict, row.copies) for row in reads.verdicts(conn, outlet_id)),
        lag_given=_span(later.get(outlet_id)),
        sources=tuple(_pairs(reads.pairs(conn, copiers=[outlet_id]), domain))[:_FEW],
        copiers=tuple(_pairs(reads.pairs(conn, sources=[outlet_id]), domain))[:_FEW],
        most_copied=tuple(
            MostCopied(row.story_id, row.title, row.copies)
            for row in reads.most_copied(conn, outlet_id, _FEW)
        ),
        recorded=reads.span_of(conn, outlet_id),
    )


def _figures(
    row: Any,
    copying: Any,
    given: dict[int, int],
    lags: dict[int, tuple[float, float | None]],
) -> OutletFigures:
    copied = float(copying.copied or 0) if copying else 0.0
    judged = int(copying.judged) if copying else 0
    return OutletFigures(
        outlet=row.name,
        domain=row.domain,
        family=row.family,
        articles=int(row.articles),
        own=round(max(0.0, 1 - copied / int(row.words)), 4) if row.words else None,
        taken=int(copying.copies) if copying else 0,
        given=given.get(row.id, 0),
        lag=_span(lags.get(row.id)),
        credit_rate=round(int(copying.credited) / judged, 4) if judged else None,
    )


def _span(ends: tuple[float, float | None] | None) -> Span | None:
    return None if ends is None else Span(*ends)


def _pairs(rows: Iterable[Any], domain: dict[int, str]) -> Iterable[Pair]:
    for row in rows:
        yield Pair(
            domain[row.source],
            domain[row.copier],
            int(row.copies),
            int(row.credited),
            int(row.judged),
        )
