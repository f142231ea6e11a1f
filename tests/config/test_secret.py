"""Secrets: read from where they are kept, shown nowhere."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from watcher.config import Config, Receiver, Secret, Storage, check

_OUTLETS = "outlets: [{feeds: [https://times.example/rss]}]\n"
_VALUE = "slack://T0KEN/B0DY/S3CRET/#desk"


def _receiver(url: str) -> str:
    return _OUTLETS + f"receivers: [{{name: desk, url: '{url}'}}]\n"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(_VALUE, "slack://***"), ("s3cret", "***"), ("", "***"), ("s3cret words://x", "***")],
)
def test_only_the_scheme_shows(value: str, shown: str) -> None:
    secret = Secret(value)
    assert str(secret) == f"{secret}" == shown
    assert repr(secret) == f"Secret('{shown}')"
    assert f"{secret:>20}" == shown.rjust(20)
    assert f"{secret!r}" == repr(secret)
    assert secret.reveal() == value
    assert "s3cret" not in repr(Receiver("desk", secret)).lower()


def test_a_secret_is_a_value_but_does_not_travel() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret("a"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://desk:s3cret@db/watch",
        "postgresql://:s3cret@db/watch",
        "postgresql://desk@db/watch?password=s3cret&sslmode=require",
    ],
)
def test_the_database_password_is_not_in_the_repr(url: str) -> None:
    text = repr(Config(storage=Storage(url)))
    assert "s3cret" not in text
    assert "@db/watch" in text


def test_from_the_environment(loaded: Callable[..., Config]) -> None:
    config = loaded(_receiver("${SLACK_URL}"), {"SLACK_URL": _VALUE})
    assert config.receivers[0].url.reveal() == _VALUE
    config = loaded(_receiver("slack://${A}/${B}"), {"A": "x", "B": "y"})
    assert config.receivers[0].url.reveal() == "slack://x/y"


@pytest.mark.parametrize(
    "form", ["file:keys/slack", "file://{folder}/keys/slack", "file:${{K}}/slack"]
)
def test_from_a_file(form: str, loaded: Callable[..., Config], tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    path = tmp_path / "keys" / "slack"
    path.write_text(f"{_VALUE}\n")
    path.chmod(0o640)
    config = loaded(_receiver(form.format(folder=tmp_path)), {"K": "keys"})
    assert config.receivers[0].url.reveal() == _VALUE


def test_a_file_that_everyone_can_read_is_a_warning(
    checked: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "slack"
    path.write_text(_VALUE)
    path.chmod(0o644)
    config, faults = checked(_receiver(f"file:{path}"))
    assert [(fault.line, fault.column, fault.severity) for fault in faults] == [(2, 31, "warning")]
    assert faults[0].message.startswith("every user of this machine can read ")
    assert config.receivers[0].url.reveal() == _VALUE


def test_from_a_systemd_credential(loaded: Callable[..., Config], tmp_path: Path) -> None:
    (tmp_path / "desk.slack").write_text(f"  {_VALUE}\n")
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert loaded(_receiver("credential:desk.slack"), env).receivers[0].url.reveal() == _VALUE


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"x" * 65_537, "is larger than 64 kB"),
    ],
)
def test_a_file_that_holds_no_secret(
    content: bytes, fault: str, checked: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "slack").write_bytes(content)
    (tmp_path / "slack").chmod(0o600)
    _, faults = checked(_receiver("file:slack"))
    assert [each.message for each in faults] == [f'"slack" (in .) {fault}']


def test_a_pipe_is_refused_without_waiting_for_it(
    checked: Callable[..., Any], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "slack")
    _, faults = checked(_receiver("file:slack"))
    assert [each.message for each in faults] == ['"slack" (in .) is not a regular file']


@pytest.mark.parametrize(
    "value",
    ["T0KEN-without-scheme", "slack://T0KEN/a\nslack://T0KEN/b", "T0KEN://", "slack T0KEN://x"],
)
def test_a_bad_value_is_not_quoted(value: str, checked: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "slack").write_text(value)
    (tmp_path / "slack").chmod(0o600)
    for url in ("${SLACK_URL}", "file:slack"):
        _, faults = checked(_receiver(url), {"SLACK_URL": value})
        assert len(faults) == 1
        assert "T0KEN" not in str(faults)


@pytest.mark.parametrize(
    "text",
    [
        "receivers: slack://T0KEN/b\n",
        "receivers: [slack://T0KEN/b]\n",
        "receivers: {slack://T0KEN/b: desk}\n",
        "receivers: [[slack://T0KEN/b]]\n",
        "receivers: [{name: [slack://T0KEN/b], url: slack://T0KEN/b}]\n",
        "receivers: [{slack://T0KEN/b: x}]\n",
        "receivers: [{name: a, url: T0KEN}]\n",
        "receivers: [{name: a, url: [T0KEN]}]\n",
        "receivers: [{name: a, url: slack://T0KEN, url: slack://T0KEN}]\n",
        "receivers: [{name: a, url: slack://T0KEN, quiet_hours: slack://T0KEN}]\n",
        "watches: [{name: w, phrase: x, notify: [slack://T0KEN]}]\n",
        "watches: [{name: w, phrase: x, notify: slack://T0KEN}]\n",
        "watches: [{name: w, phrase: x, alert_on: [slack://T0KEN]}]\n",
        "storage: {url: 'mysql://root:T0KEN@db/x'}\n",
        "storage: postgresql://root:T0KEN@db/x\n",
        "slack://T0KEN: x\n",
        "receivers: [{name: a, url: *T0KEN}]\n",
        "receivers: [{name: a, url: !T0KEN x}]\n",
        "receivers: [{name: a, url: 'slack://T0KEN}]\n",
        "polling: {user_agent: 'x', allow_hosts: ['https://u:T0KEN@h']}\n",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_quoted(text: str, checked: Callable[..., Any]) -> None:
    _, faults = checked(_OUTLETS + text)
    assert faults
    assert "T0KEN" not in "".join(str(fault) for fault in faults)


def test_a_header_in_the_wrong_form_is_not_quoted(tmp_path: Path) -> None:
    for headers in ("T0KEN", "[T0KEN]", '{X-Key: "T0KEN\\n"}', "{X-Key: [T0KEN]}"):
        path = tmp_path / "feeds.yaml"
        path.write_text(f"outlets: [{{feeds: [{{url: https://t.example/, headers: {headers}}}]}}]")
        config, faults = check(path, {})
        assert config is None
        assert "T0KEN" not in str(faults)
