"""The configuration of a file without faults: all that was left out filled in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from watcher.config.kinds import DOMAIN
from watcher.config.values import Condition, Config, Outlet, Receiver, Watch
from watcher.config.walk import built
from watcher.config.written import Document, WrittenOutlet, WrittenWatch, document
from watcher.domains import registrable


def resolved(plain: dict[str, Any], path: Path) -> Config:
    """The configuration of a file without faults."""
    written: Document = built(document(), plain)
    outlets = tuple(_outlet(each) for each in written.outlets)
    domains = {each.name.casefold(): each.domain for each in outlets}
    everyone = tuple(receiver.name for receiver in written.receivers)
    return Config(
        path=path,
        outlets=outlets,
        receivers=tuple(_receiver(each, path) for each in written.receivers),
        watches=tuple(_watch(each, path, domains, everyone) for each in written.watches),
        polling=written.polling,
        storage=written.storage,
        alerts=written.alerts,
        metrics=written.metrics,
        credits=written.credits,
        credit_phrases=written.credit_phrases,
    )


def _receiver(written: Receiver, path: Path) -> Receiver:
    if written.template is None:
        return written
    return replace(written, template=str(path.parent.absolute() / written.template))


def _outlet(written: WrittenOutlet) -> Outlet:
    domain = written.domain or registrable(written.feeds[0].url)
    name = written.name or domain
    return Outlet(name, domain, written.family or name, written.feeds)


def _watch(
    written: WrittenWatch, path: Path, domains: dict[str, str], everyone: tuple[str, ...]
) -> Watch:
    kind, target = next(
        (
            (kind, value)
            for kind in written.EXACTLY_ONE
            if (value := getattr(written, kind)) is not None
        ),
        ("feeds", ""),
    )
    if kind == "file":
        target = str(path.parent.absolute() / target)
    return Watch(
        name=written.name,
        target_kind=kind,  # type: ignore[arg-type]  # one of the literals above
        target=target,
        alert_on=tuple(
            _condition(each, domains, written.outlets or ()) for each in written.alert_on
        ),
        dormant_after=written.dormant_after,
        notify=everyone if written.notify is None else written.notify,
        translations=written.translations,
    )


def _condition(written: Condition, domains: dict[str, str], narrowed: tuple[str, ...]) -> Condition:
    if written.name == "feed_bad" and narrowed:
        of = {domains.get(name.casefold()) or DOMAIN.read(name) for name in narrowed}
        return Condition("feed_bad", ",".join(sorted(of)))
    if written.name == "burst" and narrowed:
        of = {_domain(name, domains) for name in narrowed}
        return Condition("burst", f"{written.value}:{','.join(sorted(of))}")
    if written.name != "outlet":
        return written
    listed = [_domain(text, domains) for text in str(written.value).split(",")]
    return Condition("outlet", ",".join(dict.fromkeys(listed)))


def _domain(text: str, domains: dict[str, str]) -> str:
    domain = domains.get(text.strip().casefold())
    if domain is None:
        domain = DOMAIN.read(text)
        if domain not in domains.values():
            domain = registrable(domain)
    return domain
