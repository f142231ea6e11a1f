"""Each mistake in mistakes.txt gives exactly the faults written under it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from watcher.config import load
from watcher.core.errors import ConfigError

_OUTLETS = "outlets: [{feeds: [https://times.example/rss]}]\n"


def _mistakes() -> Iterator[Any]:
    text = (Path(__file__).parent / "mistakes.txt").read_text()
    for block in re.split(r"(?m)^== ", text)[1:]:
        title, *lines = block.rstrip("\n").split("\n")
        faults = [line.removeprefix(">> ") for line in lines if line.startswith(">> ")]
        yaml = "".join(f"{line}\n" for line in lines if not line.startswith(">> "))
        assert faults, title
        yield pytest.param(yaml, faults, id=title)


@pytest.mark.parametrize(("yaml", "faults"), list(_mistakes()))
def test_mistake(yaml: str, faults: list[str], checked: Callable[..., Any]) -> None:
    config, found = checked(yaml, {"EMPTY": ""})
    assert [str(fault) for fault in found] == [f"feeds.yaml:{fault}" for fault in faults]
    errors = [str(fault) for fault in found if fault.severity == "error"]
    assert (config is None) is bool(errors)
    if errors:
        with pytest.raises(ConfigError) as raised:
            load(Path("feeds.yaml"), {"EMPTY": ""})
        assert raised.value.faults == errors
        assert raised.value.retry is False


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"outlets:\n  - name: caf\xe9\n", "2:14: byte 0xe9 is not UTF-8: save the file as UTF-8"),
        (_OUTLETS.encode("utf-16"), "1:1: byte 0xff is not UTF-8: save the file as UTF-8"),
        (b"outlets:\n  - \x07\n", "2:5: control character U+0007: remove it"),
        (b"a: \x00", "1:4: control character U+0000: remove it"),
        (b"#" * 1_000_001, "1:1: larger than 1 MB: this cannot be a list of feeds"),
        (b"- " * 100_000, "1:65: nested more than 32 levels deep"),
        (b"{a: " * 100_000, "1:129: nested more than 32 levels deep"),
    ],
)
def test_not_a_text_of_ours(data: bytes, fault: str, checked: Callable[..., Any]) -> None:
    config, found = checked(data)
    assert config is None
    assert [str(each) for each in found] == [f"feeds.yaml:{fault}"]


def test_brackets_without_end(checked: Callable[..., Any]) -> None:
    # libyaml reads ahead here: where it stops, ours or its own bound, depends on its version.
    config, found = checked(b"[" * 100_000)
    assert config is None
    assert [str(each) for each in found] in (
        ["feeds.yaml:1:33: nested more than 32 levels deep"],
        ["feeds.yaml:1:1001: nested more than 32 levels deep"],
    )


def test_alias_bomb(checked: Callable[..., Any]) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{c}: &{c} [{', '.join([f'*{p}'] * 9)}]" for p, c in zip("abcdefg", "bcdefgh", strict=True)
    ]
    _, found = checked("\n".join(lines))
    assert [fault.message for fault in found] == ["more than 250,000 values with aliases expanded"]


def test_missing_credential(checked: Callable[..., Any], tmp_path: Path) -> None:
    text = _OUTLETS + "receivers: [{name: desk, url: 'credential:slack'}]\n"
    _, found = checked(text, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert [str(fault) for fault in found] == [
        "feeds.yaml:2:31: receivers[0].url: the credential slack is missing: "
        "add LoadCredential=slack:FILE to the unit"
    ]


@pytest.mark.parametrize(
    ("name", "why"), [("none", "no such file or directory"), ("", "is a directory")]
)
def test_file_that_cannot_be_read(name: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with pytest.raises(ConfigError) as raised:
        load(path, {})
    assert raised.value.faults == [f"{path}:1:1: cannot be read: {why}"]
