"""By mail through Apprise's connection: text, HTML and a picture, threaded by story.

Apprise's own mail makes its plain part from the HTML, which sets labels and values on lines of
their own, and knows neither a list nor a picture with words for those who do not see it. So the
letter is made here, with the addresses and the server that its URL gave, and its SMTP client
sends it. Receivers that sign or encrypt (`pgp=`) are left to Apprise as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid
from typing import Any

from watcher.core import message as words
from watcher.core.errors import DeliveryError
from watcher.core.message import PICTURE, Message
from watcher.deliver.threads import Threads

SUBJECT = "subject"  # the place of a story's subject among a receiver's threads
# What a header of the receiver's URL may not set: the letter says these itself.
_OURS = frozenset(
    {"from", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version"}
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG and what it shows, in words."""

    png: bytes
    says: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. `html` None: it is text alone."""

    subject: str
    text: str
    html: str | None = None
    picture: Picture | None = None


def letter(message: Message, *, picture: Picture | None, as_html: bool) -> Letter:
    """The message in our own words."""
    _, text = words.plain(message)
    subject = words.subject(message)
    if not as_html:
        return Letter(subject, text)
    _, html = words.html(message, picture=picture.says if picture else "")
    return Letter(subject, text, html, picture)


def signs(service: Any) -> bool:
    """Whether this NotifyEmail is to sign or encrypt, which only Apprise can do."""
    from apprise.plugins.email.base import PGP_MODE_DEFAULT

    return bool(service.pgp_mode != PGP_MODE_DEFAULT)


def constant_subject(threads: Threads, receiver: str, message: Message, subject: str) -> str:
    """The subject that the story's first mail to this receiver had: mail programs thread by it."""
    if message.story is None:
        return subject
    kept = threads.find(receiver, SUBJECT, message.story)
    if kept is None:
        threads.keep(receiver, SUBJECT, message.story, subject)
    return kept or subject


def post(
    service: Any, message: Message, said: Letter, *, headers: Mapping[str, str], now: datetime
) -> bool:
    """Send to every recipient of a NotifyEmail; whether all were taken.

    `headers`: those of the receiver's URL. Raises OSError or smtplib's errors where there is no
    connection, DeliveryError where the URL names nobody or a header that cannot be sent.
    """
    from apprise.plugins.email.smtp import AppriseSMTPController

    if not service.targets:
        raise DeliveryError("the receiver's URL names nobody to write to")
    try:
        ready = list(letters(service, message, said, headers=headers, now=now))
    except ValueError as error:
        raise DeliveryError(f"a header of the receiver's URL cannot be sent: {error}") from error
    service.throttle()
    taken = True
    with AppriseSMTPController(
        host=service.smtp_host,
        port=service.port,
        secure_mode=service.secure_mode,
        user=service.user,
        password=service.password,
        verify_certificate=service.verify_certificate,
        socket_connect_timeout=service.socket_connect_timeout,
    ) as smtp:
        for to, mail in ready:
            taken &= bool(smtp.sendmail(service.from_addr[1], to, written(mail)))
    return taken


def written(mail: EmailMessage) -> str:
    """The mail as it goes over the wire, in ASCII."""
    # Folded at 78, a subject of about that length would begin on a line of its own: some programs
    # then show it with a space in front, and thread it apart from one without.
    plain = str(mail["Subject"]).isascii()
    rules = policy.SMTP.clone(max_line_length=200) if plain else policy.SMTP
    return mail.as_bytes(policy=rules).decode("ascii")


def letters(
    service: Any, message: Message, said: Letter, *, headers: Mapping[str, str], now: datetime
) -> Iterator[tuple[list[str], EmailMessage]]:
    """(envelope recipients, mail) for each recipient of the service."""
    sender = service.from_addr
    domain = str(sender[1]).rpartition("@")[2]
    for name, address in service.targets:
        mail = EmailMessage()
        mail["Subject"] = said.subject
        mail["From"] = formataddr((sender[0] or None, sender[1]))
        mail["To"] = formataddr((name or None, address))
        copied = _named(service, service.cc - service.bcc - {address})
        blind = service.bcc - {address}
        if copied:
            mail["Cc"] = ", ".join(copied.values())
        if answered := _named(service, service.reply_to - {address}):
            mail["Reply-To"] = ", ".join(answered.values())
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = make_msgid(domain=domain or None)
        for header, value in (
            words.thread_headers(message, domain) | words.list_headers(message, domain)
        ).items():
            mail[header] = value
        mail["X-Application"] = "Syndication Watch"
        for header, value in headers.items():
            if header.lower() not in _OURS and not header.lower().startswith("content-"):
                del mail[header]
                mail[header] = value
        _fill(mail, said)
        yield [address, *copied, *blind], mail


def _named(service: Any, addresses: set[str]) -> dict[str, str]:
    names = service.names or {}
    return {one: formataddr((names.get(one) or None, one)) for one in sorted(addresses)}


def _fill(mail: EmailMessage, said: Letter) -> None:
    mail.set_content(said.text, cte="quoted-printable")
    if said.html is None:
        return
    mail.add_alternative(said.html, subtype="html", cte="quoted-printable")
    if said.picture is None:
        return
    for part in mail.iter_parts():
        if part.get_content_type() == "text/html":
            assert isinstance(part, EmailMessage)  # noqa: S101  made two lines above
            part.add_related(
                said.picture.png,
                "image",
                "png",
                cid=f"<{PICTURE}>",
                filename=PICTURE,
                disposition="inline",
            )
