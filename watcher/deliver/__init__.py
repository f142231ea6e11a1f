"""The outbox's messages to their receivers through Apprise, at least once, each attempt recorded.

A message is claimed under a lease, sent, and finished as sent, retry or dead. A crash between the
sending and the finishing sends it again when the lease runs out: with webhooks and mail
exactly once is impossible, so the second copy says that it may be one.
"""

from watcher.deliver.alertfeed import AlertFeed
from watcher.deliver.backoff import MAX_ATTEMPTS, Finish, SendResult, after_attempt
from watcher.deliver.lanes import Deliverer, DeliveryRound, Receiver, Send, deliver_due
from watcher.deliver.sender import AppriseSender

__all__ = [
    "MAX_ATTEMPTS",
    "AlertFeed",
    "AppriseSender",
    "Deliverer",
    "DeliveryRound",
    "Finish",
    "Receiver",
    "Send",
    "SendResult",
    "after_attempt",
    "deliver_due",
]
