"""The database that a feeds.yaml names, whatever else is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.config import storage_url
from watcher.core.errors import ConfigError

OUTLETS = "outlets: [{feeds: [https://times.example/rss]}]\n"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (OUTLETS, "sqlite:///var/watcher.db"),
        (f"{OUTLETS}storage: {{url: 'sqlite:///w.db'}}\n", "sqlite:///w.db"),
        (f"{OUTLETS}storage: {{url: '${{DB}}'}}\n", "postgresql://me@host/news"),
        ("outlets: 7\nstorage: {url: 'sqlite:///w.db'}\n", "sqlite:///w.db"),
        (f"{OUTLETS}receivers: [{{name: a, url: '${{NONE}}'}}]\n", "sqlite:///var/watcher.db"),
    ],
)
def test_the_rest_may_have_faults(tmp_path: Path, text: str, url: str) -> None:
    (tmp_path / "feeds.yaml").write_text(text)
    assert storage_url(tmp_path / "feeds.yaml", {"DB": "postgresql://me@host/news"}) == url


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("outlets: [\n", "feeds.yaml:"),
        (f"{OUTLETS}storage: {{url: 7}}\n", "storage.url"),
        (f"{OUTLETS}storage: []\n", "storage"),
        (f"{OUTLETS}storge: {{url: 'sqlite:///w.db'}}\n", "storge"),
        (None, "cannot be read"),
    ],
)
def test_what_concerns_it_may_not(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "feeds.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        storage_url(file, {})
