"""feeds.yaml and those who are to be told: whether each receiver is understood."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from watcher import config as feeds_yaml
from watcher.config import Config, Receiver
from watcher.core.message import Facts
from watcher.deliver import AppriseSender, SendResult
from watcher.doctor.values import Finding, bad, ok, warn

Send = Callable[[Receiver], Coroutine[Any, Any, SendResult]]


def configuration(path: Path, env: Mapping[str, str]) -> tuple[list[Finding], Config | None]:
    """The faults of feeds.yaml, and what it says where it has none that matter."""
    found, faults = feeds_yaml.check(path, env)
    check = f"watcher check {path}"
    findings = [
        (bad if fault.severity == "error" else warn)("feeds.yaml", str(fault), check)
        for fault in faults
    ]
    if found is not None and not findings:
        findings = [ok("feeds.yaml", f"{path} is fine")]
    return findings, found


def understood(receiver: Receiver) -> bool:
    """Whether Apprise takes a receiver's URL; nothing is sent."""
    from apprise import Apprise  # late: half a second, and only where there are receivers

    return Apprise.instantiate(receiver.url.reveal(), suppress_exceptions=True) is not None


def receivers(
    named: Sequence[Receiver], *, understood: Callable[[Receiver], bool] = understood
) -> list[Finding]:
    """Each receiver, by what its URL says alone."""
    if not named:
        return [
            warn(
                "receivers", "none: alerts are kept, and nobody is told", "receivers: in feeds.yaml"
            )
        ]
    wrong = [r.name for r in named if not understood(r)]
    if wrong:
        fix = "see https://appriseit.com/services/ for how it is written"
        return [bad("receivers", f"Apprise does not understand {', '.join(wrong)}", fix)]
    return [ok("receivers", f"understood: {', '.join(r.name for r in named)}")]


def sent(named: Sequence[Receiver], facts: Facts, sender: AppriseSender) -> list[Finding]:
    """A test message to each; nothing is recorded."""

    async def send_all() -> list[SendResult]:
        return await asyncio.gather(*(sender(r, facts, maybe_repeat=False) for r in named))

    return [
        ok(f"send to {r.name}", "taken")
        if result.outcome == "sent"
        else bad(f"send to {r.name}", f"{result.outcome}: {result.detail}", "watcher alerts test")
        for r, result in zip(named, asyncio.run(send_all()), strict=True)
    ]
