"""The mail sink keeps what a real SMTP client sends, for this user only, and delivers nothing."""

import json
import smtplib
import stat
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from testamur.service import mailsink, processes


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with processes.listening_socket(0) as bound:
        number = bound.getsockname()[1]
        command = [*processes.CLI, "serve", "mail", str(tmp_path / "mail"), "--fd", str(bound.fileno())]
        child = subprocess.Popen(command, pass_fds=[bound.fileno()], env={"PYTHONPATH": ":".join(sys.path)})
    yield number
    child.terminate()
    assert child.wait(10) == 0


def _message(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "register@example.org", "nguyễn@example.org", subject
    message.set_content("Your extract is ready.\nGrüße\n")
    return message


def test_two_messages_are_kept_in_order_and_readable_by_nobody_else(port: int, tmp_path: Path):
    folder = tmp_path / "mail"
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(_message("First — ready"))
        client.send_message(_message("Second"))
    kept = mailsink.messages(folder)
    assert [(one.number, one.subject, one.recipients) for one in kept] == [
        (1, "First — ready", ("nguyễn@example.org",)),
        (2, "Second", ("nguyễn@example.org",)),
    ]
    assert mailsink.text_of(mailsink.read(folder, kept[0])) == "Your extract is ready.\nGrüße\n"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["000001.eml", "000002.eml", "index.json"]
    assert len(json.loads((folder / "index.json").read_text())) == 2


def test_a_message_that_is_too_large_is_refused(port: int, tmp_path: Path):
    message = _message("Large")
    message.set_content("x" * 70 + "\n", cte="7bit")
    message.set_content(("x" * 70 + "\n") * 160_000, cte="7bit")
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client, pytest.raises(smtplib.SMTPException):
        client.send_message(message)
    assert mailsink.messages(tmp_path / "mail") == []


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path):
    assert mailsink.messages(tmp_path / "none") == []
