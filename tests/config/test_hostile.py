"""Whatever the file holds, the answer is a configuration or faults, never an exception."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watcher.config import check

_SECRET = "slack://T0KEN/T0KEN"
_SAMPLE = """\
outlets:
  - name: Example Times
    domain: times.example
    feeds:
      - https://times.example/rss
      - &feed {url: "https://times.example/world", interval: 15m, headers: {X-Key: "${KEY}"}}
  - feeds: [https://gazette.example/rss]
receivers:
  - name: desk
    url: ${KEY}
    quiet_hours: 22:00-07:00 Europe/Paris
  - {name: mail, url: "file:mail", hourly_cap: 3}
  - {name: pager, url: "credential:pager"}
watches:
  - name: w
    story: https://times.example/a
    alert_on: [resurfaced, {reach: 5}, outlet: Example Times]
    notify: [desk, mail]
polling: {min_interval: 5m, workers: 2, allow_hosts: [localhost]}
storage: {url: "sqlite:///var/watcher.db"}
"""
_WORDS = [*sorted(set(re.findall(r"[\w$]+|[^\w\s]", _SAMPLE))), "\n", "\n  ", "\t", " ", "- "]

_quick = settings(
    deadline=None,
    max_examples=300,
    # The folder holds the same three files for every example.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("mail", "pager"):
        (tmp_path / name).write_text(_SECRET)
        (tmp_path / name).chmod(0o600)
    return tmp_path


def _check(folder: Path, data: bytes) -> Any:
    path = folder / "feeds.yaml"
    path.write_bytes(data)
    config, faults = check(path, {"KEY": _SECRET, "CREDENTIALS_DIRECTORY": str(folder)})
    errors = [fault for fault in faults if fault.severity == "error"]
    assert (config is None) is bool(errors)
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for fault in faults:
        assert "T0KEN" not in str(fault)
        assert str(fault).startswith(f"{path}:{fault.line}:{fault.column}: ")
        assert fault.column >= 1
        assert 1 <= fault.line <= max(lines, 1) or b"\xc2\x85" in data or b"\xe2\x80" in data
        assert "\n" not in str(fault)
        assert "{found}" not in fault.message
    return config


def test_the_sample_itself_is_fine(folder: Path) -> None:
    config = _check(folder, _SAMPLE.encode())
    assert config is not None
    assert "T0KEN" not in repr(config)


_edit = st.tuples(st.integers(0, len(_SAMPLE)), st.integers(0, 30), st.sampled_from(["", *_WORDS]))


@_quick
@given(edits=st.lists(_edit, min_size=1, max_size=4))
def test_edited_text(folder: Path, edits: list[tuple[int, int, str]]) -> None:
    text = _SAMPLE
    for at, removed, added in edits:
        text = text[:at] + added + text[at + removed :]
    _check(folder, text.encode())


_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.text(max_size=20),
    st.sampled_from([*_WORDS, "https://times.example/", "${KEY}", "file:mail", "file:\0", "22:00"]),
)
_keys = st.sampled_from(
    [
        *("outlets", "receivers", "watches", "polling", "storage", "credits", "name", "feeds"),
        *("url", "headers", "interval", "quiet_hours", "alert_on", "notify", "agent", "words"),
        *("phrase", "file", "domain", "reach", "outlet", "allow_hosts", "min_interval", "<<", ""),
    ]
)
_trees = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=5),
    max_leaves=25,
)
_PLACES = [
    *[("outlets",), ("outlets", 0), ("outlets", 0, "feeds"), ("outlets", 0, "feeds", 1)],
    *[("outlets", 0, "feeds", 1, "headers"), ("outlets", 1, "feeds"), ("receivers",)],
    *[("receivers", 0), ("receivers", 0, "url"), ("receivers", 1, "quiet_hours"), ("watches",)],
    *[("watches", 0), ("watches", 0, "alert_on"), ("watches", 0, "alert_on", 0)],
    *[("watches", 0, "notify"), ("watches", 0, "story"), ("polling",), ("storage",), ("credits",)],
]


@_quick
@given(place=st.sampled_from(_PLACES), tree=_trees)
def test_another_value_in_its_place(folder: Path, place: tuple[Any, ...], tree: Any) -> None:
    document = yaml.safe_load(_SAMPLE)
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = tree
    _check(folder, yaml.safe_dump(document, allow_unicode=True).encode())


@_quick
@given(st.binary(max_size=200))
def test_any_bytes(folder: Path, data: bytes) -> None:
    _check(folder, data)


@_quick
@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@`#,? \n\t", max_size=60))
def test_any_yaml_punctuation(folder: Path, text: str) -> None:
    _check(folder, text.encode())
