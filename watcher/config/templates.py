"""The templates that receivers name, checked with their own file, lines and columns."""

from __future__ import annotations

from typing import Any

from watcher.config.faults import Fault, Place, path_text
from watcher.config.walk import Walk


def check(walk: Walk, plain: dict[str, Any]) -> None:
    """Note every fault of every template; receivers that could not be read are passed over."""
    receivers = plain.get("receivers")
    for n, receiver in enumerate(receivers if isinstance(receivers, list) else []):
        file = receiver.get("template") if isinstance(receiver, dict) else None
        if not isinstance(file, str):
            continue
        from watcher.core.message.template import MOST, parse  # late: most files name none

        place: Place = ("receivers", n, "template")
        path = walk.folder / file
        try:
            with path.open("rb") as opened:
                text = opened.read(4 * MOST).decode()
        except (OSError, ValueError) as error:
            why = (getattr(error, "strerror", None) or "it is not UTF-8").lower()
            walk.fault(walk.spots[place], place, f"the template cannot be read: {why}")
            continue
        _, faults = parse(text)
        walk.faults += [
            Fault(str(path), fault.line, fault.column, path_text(place), fault.message)
            for fault in faults
        ]
