"""feeds.yaml and receivers, as the doctor sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.config import Receiver, Secret
from watcher.doctor import told

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_faults_of_the_file_are_findings(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text("outlets:\n  - name: Valley\n    feedz: []\n")
    findings, config = told.configuration(file, {})
    assert config is None
    assert findings[0].state == "bad"
    assert "feeds.yaml:3" in findings[0].what
    assert findings[0].fix == f"watcher check {file}"


def test_a_fine_file_is_said_to_be_one(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text("outlets:\n  - feeds: [https://valley.example/rss]\n")
    findings, config = told.configuration(file, {})
    assert [f.state for f in findings] == ["ok"]
    assert config is not None


def test_receivers_are_understood_or_named() -> None:
    good = Receiver("desk", Secret("json://127.0.0.1/hook"))
    assert [f.state for f in told.receivers([good])] == ["ok"]
    wrong = Receiver("mail", Secret("nosuch://token-of-somebody"))
    [found] = told.receivers([good, wrong])
    assert (found.state, found.what) == ("bad", "Apprise does not understand mail")
    assert [f.state for f in told.receivers([])] == ["warn"]
