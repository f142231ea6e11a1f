"""What outlets do: they publish, edit, issue again, move their sites."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.record.playing import BASES, DAY, WAITS, Playing
from tests.record.pressroom import OUTLETS, Piece, carried, text_of

HOW = ["verbatim", "verbatim", "edited", "wrapped", "roundup", "listing"]
DATES = ["now", "now", "now", "none", "3 days old", "40 days old", "future", "absurd"]
SHIFTS = [0.05, 13.0, 25.0, 200.0, 2000.0, -48.0]  # hours
TINKERING = ["edit", "guid", "address", "date", "undated", "absurd", "future", "drop"]


class Outlets(Playing):
    """Rules."""

    @rule(
        outlet=st.sampled_from(sorted(OUTLETS)),
        base=st.sampled_from(BASES),
        how=st.sampled_from(HOW),
        date=st.sampled_from(DATES),
        rested=st.sampled_from([0.0, 0.0, *WAITS]),
        at_once=st.booleans(),
        which=st.integers(0, 1),
    )
    def publish(
        self,
        outlet: str,
        base: int,
        how: str,
        date: str,
        rested: float,
        at_once: bool,
        which: int,
    ) -> None:
        """A new article, after a while; the first of a text is the report itself."""
        if rested:
            self.quiet(timedelta(hours=rested))
        if base not in self.origin:
            outlet = outlet if set(OUTLETS[outlet]) & set(self.reader.feeds) else "wire"
            how, date, at_once = "verbatim", "now", True
        elif how != "roundup" and any(
            p.outlet == outlet and p.base == base for p in self.press.pieces
        ):
            how = "edited"  # the same words again would be the same article
        n = len(self.press.pieces) + 1
        now = self.clock()
        at = {
            "now": now - timedelta(minutes=5),
            "3 days old": now - 3 * DAY,
            "40 days old": now - 40 * DAY,
            "future": now + 400 * DAY,
        }.get(date)
        if how == "roundup":
            text = "\n".join([text_of(1), text_of(2), text_of(400 + n)])
        else:
            text = carried(base, how, n)
        own = OUTLETS[outlet]
        feeds = {own[which % len(own)]} if base in self.origin else set(own)
        piece = self.press.add(outlet, base, how, text, at, feeds, absurd=date == "absurd")
        if base not in self.origin:
            self.origin[base] = piece
        if at_once:
            self._poll_of(piece)

    def _piece(self, number: int) -> Piece | None:
        ours = [p for p in self.press.pieces if p.base is not None]
        return ours[number % len(ours)] if ours else None

    @rule(
        number=st.integers(0, 20),
        what=st.sampled_from(TINKERING),
        hours=st.sampled_from(SHIFTS),
        at_once=st.booleans(),
    )
    def tinker(self, number: int, what: str, hours: float, at_once: bool) -> None:
        """Something happens to an entry that is, mostly, no return of its text."""
        piece = self._piece(number)
        if not piece:
            return
        match what:
            case "edit":
                self._edit(piece)
            case "guid":
                piece.guid += 1
            case "address":
                piece.url += 1
            case "date" if piece.date is not None:
                piece.date += timedelta(hours=hours)
            case "undated" | "absurd":
                piece.absurd, piece.date = what == "absurd", None
            case "future":
                piece.absurd, piece.date = False, self.clock() + 500 * DAY
            case "drop":
                piece.hidden = not piece.hidden
        if at_once:
            self._poll_of(piece)

    @rule(
        number=st.integers(0, 20),
        moved=st.booleans(),
        edited=st.booleans(),
        rested=st.sampled_from(WAITS),
    )
    def reissue(self, number: int, moved: bool, edited: bool, rested: float) -> None:
        """An old article as new, after a while: today's date, perhaps a new address, perhaps other
        words."""
        piece = self._piece(number)
        if not piece:
            return
        self.quiet(timedelta(hours=rested))
        piece.date, piece.absurd, piece.hidden = self.clock() - timedelta(minutes=3), False, False
        if moved:
            piece.url += 1
            piece.guid += number % 2
        if edited:
            self._edit(piece)
        self._poll_of(piece)

    def _edit(self, piece: Piece) -> None:
        if piece.how in ("verbatim", "edited") and piece.base is not None:
            piece.edits += 1
            piece.text = carried(piece.base, "edited", 1000 * piece.n + piece.edits)
            piece.how = "edited"

    def _poll_of(self, piece: Piece) -> None:
        for feed in sorted(piece.feeds & set(self.reader.feeds)):
            self.poll(feed, piece.n % 2)
        self.clock.forward(minutes=15)

    @rule(outlet=st.sampled_from(sorted(OUTLETS)), hours=st.sampled_from([5.0, 30.0, 300.0]))
    def date_all_anew(self, outlet: str, hours: float) -> None:
        """A site that moves, or that dates by the clock."""
        for piece in self.press.pieces:
            if piece.outlet == outlet and piece.date is not None:
                piece.date += timedelta(hours=hours)
