"""A feeds.yaml in an empty folder, checked as a user in that folder would."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from watcher.config import Config, Fault, check

Checked = tuple[Config | None, list[Fault]]


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Checked]:
    """checked(text, **env): what `check` says of this text as ./feeds.yaml."""
    monkeypatch.chdir(tmp_path)

    def run(content: str | bytes, env: Mapping[str, str] | None = None) -> Checked:
        data = content.encode() if isinstance(content, str) else content
        Path("feeds.yaml").write_bytes(data)
        return check(Path("feeds.yaml"), env or {})

    return run


@pytest.fixture
def loaded(checked: Callable[..., Checked]) -> Callable[..., Config]:
    """loaded(text, **env): the same for a text without faults."""

    def run(content: str, env: Mapping[str, str] | None = None) -> Config:
        config, faults = checked(content, env)
        assert faults == []
        assert config is not None
        return config

    return run


@pytest.fixture
def example() -> Callable[[bool], str]:
    """example(commented): the shipped feeds.yaml, or the same with its examples switched on."""
    text = (Path(__file__).parents[2] / "feeds.yaml").read_text()
    # Prose comments have one space after the "#"; examples keep their own indentation.
    return lambda commented: text if commented else re.sub(r"(?m)^#(?=\S|  )", "", text)
