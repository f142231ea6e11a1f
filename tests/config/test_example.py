"""The feeds.yaml that we ship works as it is, and with all its examples switched on."""

from __future__ import annotations

from collections.abc import Callable

from watcher.config import CONDITIONS, Config, Polling, Storage

_ENV = {
    "TIMES_KEY": "k",
    "TIMES_LOGIN": "desk:k",
    "PROXY_URL": "http://desk:k@proxy.example:3128",
    "SLACK_URL": "slack://TokenA/TokenB/TokenC/#channel",
    "MAIL_URL": "mailtos://user:password@mail.example?to=desk@newsroom.example",
}


def test_it_works_on_a_fresh_machine(
    example: Callable[[bool], str], loaded: Callable[..., Config]
) -> None:
    config = loaded(example(True), {})
    assert len(config.outlets) >= 8
    assert len({outlet.family for outlet in config.outlets}) < len(config.outlets)
    assert config.receivers == ()
    assert [(watch.target_kind, watch.notify) for watch in config.watches] == [("text", ())]
    assert (config.polling, config.storage) == (Polling(), Storage())


def test_its_examples_work_too(
    example: Callable[[bool], str], loaded: Callable[..., Config]
) -> None:
    config = loaded(example(False), _ENV)
    assert config.outlets[-1].name == "Example Times"
    assert [receiver.name for receiver in config.receivers] == ["desk", "mail"]
    names = [watch.name for watch in config.watches]
    assert names == ["human-rights", "deir-ezzor", "dam-talks", "feeds"]
    assert [agency.name for agency in config.credits] == ["Fars News Agency"]
    assert config.credit_phrases == ("Alun perin julkaistu lehdessä {name}",)
    assert config.polling.allow_hosts == ("127.0.0.1", "feeds.internal")


def test_it_names_every_condition(example: Callable[[bool], str]) -> None:
    text = example(True)
    assert [name for name in CONDITIONS if name not in text] == []
