"""A local mail server that delivers nothing: it keeps each message as a file, for the demo and for tests.

Messages carry personal links, so files are readable by this user only. `index.json` lists them, newest last.
"""

import asyncio
import json
import os
import signal
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

_INDEX = "index.json"
_LARGEST_MESSAGE = 10 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Received:
    """One message kept: its number, moment of arrival (UTC, ISO 8601), sender, recipients, subject and file name."""

    number: int
    received_at: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    file: str


def messages(folder: Path) -> list[Received]:
    """Return every message kept in a folder, oldest first."""
    try:
        entries = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [Received(**{**entry, "recipients": tuple(entry["recipients"])}) for entry in entries]


def read(folder: Path, received: Received) -> EmailMessage:
    """Return one message, parsed."""
    return _parsed((folder / received.file).read_bytes())


def text_of(message: EmailMessage) -> str:
    """Return the plain text of a message with plain line ends, empty where it has none."""
    body = message.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n") if body else ""


def _parsed(content: bytes) -> EmailMessage:
    """Return the message that some bytes are."""
    message = message_from_bytes(content, policy=policy.default)
    if not isinstance(message, EmailMessage):
        raise TypeError("the default policy makes EmailMessage")
    return message


def _write(path: Path, content: bytes) -> None:
    """Write a file for this user only, whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    new.replace(path)


class Sink:
    """The handler that aiosmtpd calls; one process keeps one folder."""

    def __init__(self, folder: Path) -> None:
        """Keep messages in a folder, made for this user only."""
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, sender: str, recipients: list[str], content: bytes, *, at: datetime) -> Received:
        """Keep one message and list it."""
        known = messages(self.folder)
        number = known[-1].number + 1 if known else 1
        subject = str(_parsed(content).get("Subject", ""))
        received = Received(number, at.isoformat(), sender, tuple(recipients), subject, f"{number:06d}.eml")
        _write(self.folder / received.file, content)
        index = json.dumps([asdict(one) for one in (*known, received)], indent=1, ensure_ascii=False)
        _write(self.folder / _INDEX, index.encode())
        return received

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - SMTP's verb
        """Keep a message as it arrives."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self.keep(envelope.mail_from or "", list(envelope.rcpt_tos), content, at=datetime.now(UTC))
        return "250 kept"


async def _serve(folder: Path, bound: socket.socket) -> None:
    """Answer on a bound socket until told to stop."""
    sink = Sink(folder)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(
        lambda: SMTP(sink, data_size_limit=_LARGEST_MESSAGE, enable_SMTPUTF8=True, hostname="localhost", loop=loop),
        sock=bound,
    )
    async with server:
        await stopped.wait()


def serve(folder: Path, bound: socket.socket) -> None:
    """Run the sink on a bound socket until SIGTERM or Ctrl-C."""
    asyncio.run(_serve(folder, bound))
