"""Workers killed at random, receivers of bad manners: nothing lost, repeats only where marked."""

from __future__ import annotations

import asyncio

import pytest

from storage.db import Database
from tests.deliver.killing import storm

# Apprise's mail plugin imports it on Python 3.11 and 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_nothing_is_lost_and_repeats_are_marked(database: Database, database_url: str) -> None:
    tally = asyncio.run(storm(database, database_url, alerts=24, kills=8))
    assert tally.states == {"sent": tally.rows}, tally
    assert (tally.rows, tally.kills, tally.lost) == (96, 8, 0), tally
    assert tally.marked == tally.twice, tally
    assert tally.unexplained == 0, tally
