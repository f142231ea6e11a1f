"""The templates of receivers, read when a message goes out and checked again each time."""

from __future__ import annotations

import logging
from pathlib import Path

from watcher.core.message import Template, parse_template

log = logging.getLogger("watcher.deliver")


class OwnWords:
    """Templates by file. One that has gone or become faulty since `watcher check` is logged, once
    for each fault, and the message goes out in our words: late or lost it would help nobody."""

    def __init__(self) -> None:
        self._said: set[tuple[str, str]] = set()

    def of(self, file: str | None) -> Template | None:
        """The template in a file; None: there is none that can be used."""
        if file is None:
            return None
        try:
            text = Path(file).read_text("utf-8")
        except (OSError, ValueError) as error:
            self._log(file, getattr(error, "strerror", None) or "it is not UTF-8")
            return None
        template, faults = parse_template(text, is_html=file.lower().endswith((".html", ".htm")))
        for fault in faults:
            self._log(file, f"line {fault.line}: {fault.message}")
        return template

    def _log(self, file: str, why: str) -> None:
        if (file, why) not in self._said:
            self._said.add((file, why))
            log.warning("template %s is not used: %s", file, why)
