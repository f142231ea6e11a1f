"""What feeds.yaml says becomes frozen values: shorthands, defaults, YAML 1.1 traps, variables."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from watcher.config import (
    Agency,
    Condition,
    Config,
    Feed,
    Outlet,
    Polling,
    QuietHours,
    Receiver,
    Secret,
    Storage,
    Watch,
    locate,
)
from watcher.core.errors import ConfigError

_OUTLETS = "outlets: [{feeds: [https://news.times.example/rss]}]\n"

Load = Callable[..., Config]


def test_everything_written(loaded: Load) -> None:
    text = """
outlets:
  - name: Example Times
    domain: WWW.times.example
    family: Example Group
    feeds:
      - https://times.example/rss
      - url: https://times.example/world.xml
        full_text: always
        interval: 15m
        headers: {X-Key: "${TIMES_KEY}"}
receivers:
  - name: desk
    url: ${SLACK_URL}
    quiet_hours: 22:00-07:00 Europe/Paris
    hourly_cap: 20
watches:
  - name: deir-ezzor
    story: https://times.example/2016/09/18/leaked
    alert_on: [resurfaced, first_copy, {reach: 5}, velocity: 1.5, credit_stripped]
    dormant_after: 7d
    translations: 0.65
    notify: [desk]
polling:
  min_interval: 1m
  max_interval: 12h
  workers: 4
  allow_hosts: [LOCALHOST, 127.0.0.1, "[::1]"]
  user_agent: "desk (desk@times.example)"
  timeout: 1m30s
storage: {url: "postgresql://desk@db/watch", index_age: 2w, keep_bodies: 30d}
credits: [{agent: Example Agency, words: [EA, Agence Exemple]}]
credit_phrases: ["Lifted from the pages of {name}"]
"""
    config = loaded(text, {"TIMES_KEY": "k", "SLACK_URL": "slack://a/b/c"})
    feeds = (
        Feed("https://times.example/rss"),
        Feed("https://times.example/world.xml", "always", 900, {"X-Key": Secret("k")}),
    )
    conditions = (
        Condition("resurfaced"),
        Condition("first_copy"),
        Condition("reach", 5),
        Condition("velocity", 1.5),
        Condition("credit_stripped"),
    )
    story = "https://times.example/2016/09/18/leaked"
    quiet = QuietHours(time(22), time(7), "Europe/Paris")
    assert config == Config(
        path=Path("feeds.yaml"),
        outlets=(Outlet("Example Times", "times.example", "Example Group", feeds),),
        receivers=(Receiver("desk", Secret("slack://a/b/c"), quiet, 20),),
        watches=(Watch("deir-ezzor", "story", story, conditions, 604_800, ("desk",), 0.65),),
        polling=Polling(
            min_interval=60,
            max_interval=43_200,
            workers=4,
            allow_hosts=("localhost", "127.0.0.1", "::1"),
            user_agent="desk (desk@times.example)",
            timeout=90,
        ),
        storage=Storage("postgresql://desk@db/watch", 1_209_600, 2_592_000),
        credits=(Agency("Example Agency", ("EA", "Agence Exemple")),),
        credit_phrases=("Lifted from the pages of {name}",),
    )
    assert config.outlets[0].feeds[1].plain_headers() == {"X-Key": "k"}


def test_only_outlets_are_needed(loaded: Load) -> None:
    config = loaded(_OUTLETS)
    feed = Feed("https://news.times.example/rss")
    outlet = Outlet("times.example", "times.example", "times.example", (feed,))
    assert config == Config(path=Path("feeds.yaml"), outlets=(outlet,))
    assert config.polling == Polling(300, 86_400, 2, (), config.polling.user_agent, 30)
    assert "+https://" in config.polling.user_agent
    assert config.storage == Storage("sqlite:///var/watcher.db", 7_776_000, 34_560_000)


def test_keys_without_a_value_mean_the_default(loaded: Load) -> None:
    text = _OUTLETS + "receivers:\nwatches: ~\npolling: null\nstorage:\n  url:\ncredits:\n"
    assert loaded(text) == loaded(_OUTLETS)


def test_family_defaults_to_the_name(loaded: Load) -> None:
    config = loaded("outlets: [{name: Example Times, feeds: [https://times.example/rss]}]")
    assert config.outlets[0].family == "Example Times"


@pytest.mark.parametrize(
    "name",
    ["no", "on", "22:00", "1e3", "0x1F", "0o17", "017", "2016-09-18", "1_000", ".inf", "=", "'~'"],
)
def test_plain_words_stay_as_written(name: str, loaded: Load) -> None:
    config = loaded(f"outlets: [{{name: {name}, feeds: [https://times.example/rss]}}]")
    assert config.outlets[0].name == name.strip("'")


def test_watch_defaults(loaded: Load) -> None:
    text = _OUTLETS + (
        "receivers: [{name: a, url: x://a}, {name: b, url: x://b}]\n"
        "watches:\n"
        "  - {name: all, phrase: leaked memo}\n"
        "  - {name: none, text: a, notify: [], alert_on: []}\n"
    )
    first, second = loaded(text).watches
    defaults = (Condition("resurfaced"), Condition("first_copy"))
    assert first == Watch("all", "phrase", "leaked memo", defaults, None, ("a", "b"))
    assert second == Watch("none", "text", "a", (), None, ())


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("Example Times", "news.times.example"),
        ("news.times.example", "news.times.example"),
        ("www.gazette.example", "gazette.example"),
        ("Gazette.EXAMPLE", "gazette.example"),
    ],
)
def test_an_outlet_condition_holds_a_domain(written: str, domain: str, loaded: Load) -> None:
    text = (
        "outlets: [{name: Example Times, domain: news.times.example, "
        "feeds: [https://news.times.example/rss]}]\n"
        f"watches: [{{name: w, phrase: x, alert_on: [outlet: {written}]}}]"
    )
    assert loaded(text).watches[0].alert_on == (Condition("outlet", domain),)


def test_lists_of_a_condition_hold_domains_and_families(loaded: Load) -> None:
    text = (
        "outlets:\n"
        "  - {name: Times, domain: times.example, family: Group, feeds: [https://t.example/rss]}\n"
        "  - {name: Gazette, domain: gazette.example, feeds: [https://cdn.example/rss]}\n"
        "watches:\n"
        "  - name: w\n"
        "    story: 17\n"
        "    alert_on:\n"
        "      - outlet: [Times, gazette.example, other.example]\n"
        "      - family: [group, Gazette]\n"
        "      - burst: 3\n"
        "      - feed_bad\n"
        "    outlets: [Gazette, Times]\n"
        "  - {name: b, phrase: '\"dam talks\"~4', alert_on: [burst: 3]}\n"
    )
    watch, phrase = loaded(text).watches
    assert (watch.target_kind, watch.target) == ("story", "17")
    assert watch.alert_on == (
        Condition("outlet", "times.example,gazette.example,other.example"),
        Condition("family", "group\nGazette"),
        Condition("burst", "3:gazette.example,times.example"),
        Condition("feed_bad", "gazette.example,times.example"),
    )
    assert phrase.alert_on == (Condition("burst", 3),)


def test_a_watch_of_feeds_holds_domains(loaded: Load) -> None:
    text = (
        "outlets:\n"
        "  - {name: Example Times, feeds: [https://news.times.example/rss]}\n"
        "  - {name: Gazette, domain: gazette.example, feeds: [https://cdn.example/rss]}\n"
        "watches:\n"
        "  - {name: all, alert_on: [feed_bad]}\n"
        "  - {name: two, alert_on: [feed_bad], outlets: [example times, gazette.example]}\n"
        "  - {name: talks, text: x, alert_on: [resurfaced, feed_bad], outlets: [Gazette]}\n"
    )
    every, two, talks = loaded(text).watches
    assert every == Watch("all", "feeds", "", (Condition("feed_bad"),))
    assert two == Watch(
        "two", "feeds", "", (Condition("feed_bad", "gazette.example,times.example"),)
    )
    assert (talks.target_kind, talks.alert_on) == (
        "text",
        (Condition("resurfaced"), Condition("feed_bad", "gazette.example")),
    )


def test_a_login_and_a_proxy(loaded: Load) -> None:
    text = (
        "outlets:\n"
        "  - feeds:\n"
        "      - url: https://times.example/rss\n"
        "        auth: 'desk:${PASSWORD}'\n"
        "        proxy: http://desk:p%40ss@proxy.example:3128/\n"
        "      - url: https://times.example/local\n"
        "        proxy: Direct\n"
        "      - https://times.example/world\n"
        "polling: {proxy: 'https://general.example:3129'}\n"
    )
    config = loaded(text, {"PASSWORD": "a:b c"})
    own, past, plain = config.outlets[0].feeds
    general = config.polling.proxy
    assert own.login() == ("desk", "a:b c")
    assert past.login() is None
    assert own.proxy_url(general) == "http://desk:p%40ss@proxy.example:3128"
    assert past.proxy_url(general) is None
    assert plain.proxy_url(general) == "https://general.example:3129"
    assert (own.proxy_url(None), plain.proxy_url(None)) == (
        "http://desk:p%40ss@proxy.example:3128",
        None,
    )
    shown = repr(config)
    assert [
        word for word in ("a:b", "p%40ss", "proxy.example", "general.example") if word in shown
    ] == []


def test_a_watched_file_is_found_from_anywhere(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "leaked.txt").write_text("words")
    watch = loaded(_OUTLETS + "watches: [{name: w, file: leaked.txt}]").watches[0]
    assert (watch.target_kind, watch.target) == ("file", str(tmp_path / "leaked.txt"))


def test_variables_stand_anywhere_and_expand_once(loaded: Load) -> None:
    env = {"HOST": "times.example", "NAME": "${HOST}", "AGE": "30d"}
    text = (
        "outlets: [{name: 'a ${NAME} $${HOST} $HOST', feeds: ['https://${HOST}/rss']}]\n"
        "storage: {index_age: '${AGE}'}"
    )
    config = loaded(text, env)
    assert config.outlets[0].name == "a ${HOST} ${HOST} $HOST"
    assert config.outlets[0].feeds[0].url == "https://times.example/rss"
    assert config.storage.index_age == 2_592_000


def test_anchors_are_fine(loaded: Load) -> None:
    text = (
        "outlets:\n"
        "  - feeds: [{url: https://times.example/rss, headers: &keys {X-Key: k}}]\n"
        "  - feeds: [{url: https://gazette.example/rss, headers: *keys}]\n"
    )
    first, second = loaded(text).outlets
    assert first.feeds[0].headers == second.feeds[0].headers == {"X-Key": Secret("k")}


def test_a_byte_order_mark_and_windows_lines(loaded: Load, checked: Callable[..., Any]) -> None:
    assert loaded("\ufeff" + _OUTLETS.replace("\n", "\r\n")) == loaded(_OUTLETS)
    _, (fault,) = checked("\ufeffoutlets:\r\n  - feeds: []\r\n")
    assert (fault.line, fault.column) == (2, 12)


def test_values_are_frozen(loaded: Load) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded(_OUTLETS).outlets[0].name = "other"  # type: ignore[misc]


def test_locate_goes_by_option_then_variable_then_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.yaml", "b.yaml", "feeds.yaml"):
        Path(name).write_text(_OUTLETS)
    env = {"WATCHER_CONFIG": "b.yaml"}
    assert locate("a.yaml", env) == Path("a.yaml")
    assert locate(None, env) == Path("b.yaml")
    assert locate(None, {}) == Path("feeds.yaml")


@pytest.mark.parametrize(
    ("explicit", "env", "fault"),
    [
        ("no.yaml", {}, "--config names a file that does not exist: no.yaml"),
        (".", {}, "--config names a folder, .: name the file in it"),
        (None, {"WATCHER_CONFIG": "no"}, "WATCHER_CONFIG names a file that does not exist: no"),
    ],
)
def test_locate_says_what_is_missing(
    explicit: str | None,
    env: dict[str, str],
    fault: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as raised:
        locate(explicit, env)
    assert raised.value.faults == [fault]


@pytest.mark.skipif(Path("/etc/watcher/feeds.yaml").exists(), reason="this machine has one")
def test_locate_without_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as raised:
        locate(None, {"WATCHER_CONFIG": ""})
    assert raised.value.faults == [
        "no configuration found, neither feeds.yaml nor /etc/watcher/feeds.yaml: "
        "write one, or name it with --config FILE"
    ]


def test_the_import_is_light() -> None:
    program = (
        "import sys, watcher.config\n"
        "heavy = {'yaml', 'publicsuffixlist', 'zoneinfo', 'difflib', 'numpy', 'sqlalchemy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
