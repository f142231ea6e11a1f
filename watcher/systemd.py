"""What the service tells systemd over NOTIFY_SOCKET: READY, STATUS, WATCHDOG, RELOADING, STOPPING.

The protocol is one datagram of `NAME=value` lines to a unix socket (sd_notify(3)). Without the
socket, in a terminal or a container, every call does nothing. systemd 252 has no
`Type=notify-reload`: the unit is `Type=notify`, and a SIGHUP is answered with RELOADING=1 and the
monotonic time, then READY=1.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Mapping

log = logging.getLogger("watcher.systemd")


class Notifier:
    """Speaks to the service manager. `monotonic_us` is CLOCK_MONOTONIC in microseconds."""

    def __init__(
        self,
        address: str | None,
        *,
        watchdog_s: float | None = None,
        monotonic_us: Callable[[], int],
    ) -> None:
        self._address = address
        self._monotonic_us = monotonic_us
        self.watchdog_s = watchdog_s  # how often WATCHDOG=1 is expected at least; None: not at all

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str], *, pid: int, monotonic_us: Callable[[], int]
    ) -> Notifier:
        """As systemd set it up for the process `pid`. WATCHDOG_USEC that is meant for another
        process, or is not a number, counts as absent (sd_watchdog_enabled(3))."""
        usec = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        watchdog_s = int(usec) / 1e6 if ours and usec.isascii() and usec.isdigit() else None
        return cls(
            environ.get("NOTIFY_SOCKET") or None,
            watchdog_s=watchdog_s or None,
            monotonic_us=monotonic_us,
        )

    @property
    def enabled(self) -> bool:
        """Whether anybody listens."""
        return self._address is not None

    def ready(self, status: str = "") -> None:
        """Started, or done with reloading."""
        self._send("READY=1", *_status(status))

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send(*_status(text))

    def watchdog(self) -> None:
        """We are alive. Send it only while the tick and the writer really progress."""
        self._send("WATCHDOG=1")

    def reloading(self) -> None:
        """A SIGHUP is being served; `ready` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={self._monotonic_us()}")

    def stopping(self, status: str = "") -> None:
        """On the way down."""
        self._send("STOPPING=1", *_status(status))

    def _send(self, *lines: str) -> None:
        if self._address is None or not lines:
            return
        # A leading @ names the abstract namespace, whose addresses begin with a zero byte.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                # Never wait for the manager: a full queue must not stop the watch.
                out.setblocking(False)
                out.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            log.warning("systemd could not be told %s: %s", lines[0], error)


def _status(text: str) -> list[str]:
    line = " ".join(text.split())
    return [f"STATUS={line}"] if line else []
