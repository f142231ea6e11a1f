"""One error tree. Each error says whether trying again can help."""

from __future__ import annotations


class WatcherError(Exception):
    """Anything that Syndication Watch itself raises. `retry`: trying again can help."""

    retry = False


class ConfigError(WatcherError):
    """feeds.yaml or an argument is wrong. `faults` are complete sentences, one a fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class UsageError(WatcherError):
    """A command was called in a way that makes no sense; the text says what to write instead."""


class FetchError(WatcherError):
    """A GET gave no usable body. `reason` is one word for counting, str() is for people."""

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        retry: bool = True,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry = retry
        self.status = status
        self.retry_after = retry_after  # seconds, as the server asked
        self.asked: str | None = None  # the address that answered so, at the end of redirects


class Refused(FetchError):
    """We will not connect there: a private address, a scheme other than http(s), robots.txt."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message, retry=False)


class ParseError(WatcherError):
    """The bytes are not a feed (HTML, empty, cut short) or took too long to read."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class WorkerError(WatcherError):
    """A worker process died, or was killed at its deadline or memory limit, over this input."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class StorageError(WatcherError):
    """The database cannot be used as it is; the text says why and what to do."""


class StorageBusy(StorageError):
    """Another program holds the database; trying again can help."""

    retry = True


class DeliveryError(WatcherError):
    """A receiver did not take a message."""

    def __init__(
        self, message: str, *, retry: bool = True, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.retry = retry
        self.retry_after = retry_after
