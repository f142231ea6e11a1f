"""To Slack through Apprise: our own blocks in its payload, and a thread for each story.

Apprise writes a payload of one attachment and throws away the `ts` that Slack answers with. So
the one method of its plugin that posts, `_send`, is wrapped for the length of a message: what it
is given gets our blocks and the story's thread, what it returns is read. Should a later Apprise
post in another way, the wrap is not called, and the message goes out as the mrkdwn that it was
made from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from watcher.core import message as words
from watcher.core.message import Message
from watcher.deliver.hearing import Heard
from watcher.deliver.threads import Threads

# Slack's names for a thread that takes no replies (any more); the message then begins a new one.
_NO_THREAD = (
    "thread_not_found",
    "message_not_found",
    "invalid_thread_ts",
    "cannot_reply_to_message",
    "restricted_action_thread_locked",
)
_NO_BLOCKS = ("invalid_blocks", "invalid_block")
_OURS_TO_SHAPE = ("attachments", "mrkdwn")


def post(
    service: Any,
    message: Message,
    own: str | None,
    *,
    receiver: str,
    threads: Threads,
    heard: Heard,
) -> bool:
    """Post to every channel of a NotifySlack; whether all of them took it.

    `own`: the message in words of the receiver's template (mrkdwn), None: in ours.
    """
    from apprise import NotifyFormat, NotifyType

    body = words.slack(message) if own is None else own
    shaped: dict[str, Any] = {"text": body[:_TEXT_CAP], "unfurl_links": False}
    shaped["unfurl_media"] = False
    shaped["blocks"] = words.blocks(message) if own is None else _sections(own)
    bot = getattr(service, "mode", "") == "bot"
    send: Callable[..., Any] = type(service)._send.__get__(service)

    def wrapped(url: str, payload: Mapping[str, Any], **more: Any) -> Any:
        if "attachments" not in payload or getattr(service, "template", None):
            return send(url, payload, **more)  # a file, a workflow, the receiver's own blocks
        ours = {key: payload[key] for key in payload if key not in _OURS_TO_SHAPE} | shaped
        place, story = str(ours.get("channel", "")), message.story if bot else None
        ours_to_thread = story is not None and "thread_ts" not in ours
        root = threads.find(receiver, place, story) if ours_to_thread and story else None
        if root is not None:
            ours["thread_ts"] = root
            if message.lead.condition == "resurfaced":
                ours["reply_broadcast"] = True  # a thread that rested for weeks is read by nobody
        answer = send(url, ours, **more)
        if not answer and _because(heard, _NO_BLOCKS):
            ours.pop("blocks")  # it reads as well without them
            answer = send(url, ours, **more)
        if not answer and root is not None and story and _because(heard, _NO_THREAD):
            threads.forget(receiver, place, story)
            ours = {k: v for k, v in ours.items() if k not in ("thread_ts", "reply_broadcast")}
            root = None
            answer = send(url, ours, **more)
        if answer and ours_to_thread and root is None and story and isinstance(answer, Mapping):
            ts = answer.get("ts")
            if isinstance(ts, str) and ts:
                threads.keep(receiver, place, story, ts)
        return answer

    service._send = wrapped
    try:
        # `send`, not `notify`: that takes a body for CommonMark and rewrites ours. What it is given
        # here has been escaped for mrkdwn; the title it escapes itself.
        return bool(
            service.send(
                body=body,
                title=words.clean(message.lead.watch, words.TITLE_CAP),
                notify_type=NotifyType.INFO,
                body_format=NotifyFormat.MARKDOWN,
                body_passthrough=False,
            )
        )
    finally:
        del service._send


_TEXT_CAP = 4000  # of a message's own text; Slack cuts what is longer (docs.slack.dev/messaging)


def _because(heard: Heard, names: tuple[str, ...]) -> bool:
    return any(name in line for line in heard.lines[-2:] for name in names)


def _sections(text: str) -> list[dict[str, Any]]:
    """A template's mrkdwn as sections of whole lines, of at most 3,000 characters each."""
    parts: list[str] = []
    for line in text.strip("\n").split("\n"):
        shown = line[:2900]
        if parts and len(parts[-1]) + len(shown) < 2900:
            parts[-1] += f"\n{shown}"
        else:
            parts.append(shown)
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": part, "verbatim": True}}
        for part in parts[:50]
        if part.strip()
    ]
