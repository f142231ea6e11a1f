"""The templates of receivers, checked with the file and line of the template itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from watcher.config import Config

YAML = """\
outlets: [{feeds: [https://times.example/rss]}]
receivers: [{name: desk, url: "json://desk.example", template: words/desk.txt}]
alerts: {feed: public/alerts.atom}
"""


def test_a_template_is_found_beside_the_configuration(
    loaded: Callable[..., Config], tmp_path: Path
) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "desk.txt").write_text("$what: $headline")
    config = loaded(YAML)
    assert config.receivers[0].template == str(tmp_path / "words" / "desk.txt")
    assert config.alerts.feed == "public/alerts.atom"


def test_each_fault_of_a_template_has_its_own_file_and_line(
    checked: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "desk.txt").write_text("$what\n\n by $outlett for $5\n")
    config, faults = checked(YAML)
    assert config is None
    assert [str(fault) for fault in faults] == [
        "words/desk.txt:3:5: receivers[0].template: a message has no field $outlett:"
        " did you mean $outlet?",
        "words/desk.txt:3:18: receivers[0].template: a lone $: write $$ for a dollar sign",
    ]


def test_a_template_that_is_no_text_is_a_fault(checked: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "desk.txt").write_bytes(b"\xff\xfe\x00")
    _, faults = checked(YAML)
    assert "cannot be read: it is not utf-8" in str(faults[0])
