"""Reads notice texts and mail templates and fills their placeholders. Pure: files in, plain values out.

A text has a small heading (title, source, version) and a body in a subset of Markdown: `## ` headings, `- ` lists,
paragraphs, `**strong**` and `[words](address)`. A mail may use only the variables that MAILS lists for it, and each
value must pass its variable's check: so no mail can carry a result, a course or a name (TEQ-08).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from string import Template
from typing import Final

TEXTS: Final = Path(__file__).parent / "texts"
MAIL: Final = Path(__file__).parent / "mail"

SECURITY_EVENTS: Final[Mapping[str, str]] = {
    "password_changed": "The password of your account was changed.",
    "password_reset": "The password of your account was reset through a link sent to this address.",
    "email_changed": "The e-mail address of your account was changed.",
    "email_confirmed": "The e-mail address of your account was confirmed.",
    "factor_added": "A second sign-in factor was added to your account.",
    "factor_refused": "A passkey of your account was refused, because its counter ran backwards. It may have been copied. "
    "Remove it on the page of your passkeys and add it anew.",
    "factor_removed": "A second sign-in factor was removed from your account.",
    "recovery_codes_made": "New recovery codes were made for your account. The old ones no longer work.",
    "account_locked": "Your account was locked because somebody else may have used it.",
    "account_unlocked": "Your account was unlocked after a new identity check. Choose a new password to sign in.",
    "membership_ended": "Your access on behalf of an organisation has ended.",
    "system_key_made": "A key was made for a system of your organisation. Whoever holds it acts for your organisation. If "
    "nobody at your organisation meant to, revoke it at once on the page of systems and keys.",
    "webhook_added": "A further address is told of changes to your organisation's submissions, by one of your administrators or by "
    "a key of one of your systems. If nobody at your organisation meant to, stop it on the page of webhooks, and revoke the key "
    "that added it.",
    "system_key_revoked": "The secretariat revoked a key of a system of your organisation. The page of systems and keys says "
    "which, and why.",
}

MAILS: Final[Mapping[str, frozenset[str]]] = {
    "confirm_email": frozenset({"link"}),
    "account_exists": frozenset({"link"}),
    "unknown_account": frozenset({"link"}),
    "reset_password": frozenset({"link"}),
    "invitation": frozenset({"link", "organisation_name", "role_title", "expires_on"}),
    "security_notice": frozenset({"event"}),
    "registration_next_steps": frozenset({"link"}),
    "identity_more_needed": frozenset({"link"}),
    "application_redirected": frozenset({"link"}),
    "application_assisted": frozenset({"link"}),
    "application_answered": frozenset({"link"}),
    "records_ready": frozenset({"link"}),
    "records_changed": frozenset({"link"}),
    "submission_findings_ready": frozenset({"link"}),
    "submission_sealed": frozenset({"link"}),
    "submission_returned": frozenset({"link"}),
    "access_request_confirm": frozenset({"link", "organisation_name", "role_title"}),
    "access_request_waiting": frozenset({"link"}),
    "access_request_declined": frozenset({"organisation_name"}),
    "access_request_expired": frozenset({"organisation_name"}),
    "return_due": frozenset({"link", "due_on"}),
    "return_overdue": frozenset({"link", "due_on"}),
    "closure_asked": frozenset({"link", "due_on"}),
    "closure_reminder": frozenset({"link", "due_on"}),
    "doubt_asked": frozenset({"link"}),
}
ALWAYS: Final = frozenset({"register_name", "public_url"})

_LINK = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+/[A-Za-z0-9/_:.~\-]{0,300}")
_DAY = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")
_LABEL = re.compile(r"[^\x00-\x1f\x7f]{1,300}")
_CHECKS: Final[Mapping[str, Callable[[str], bool]]] = {
    "link": lambda value: _LINK.fullmatch(value) is not None,
    "expires_on": lambda value: _DAY.fullmatch(value) is not None,
    "due_on": lambda value: _DAY.fullmatch(value) is not None,
    "organisation_name": lambda value: _LABEL.fullmatch(value) is not None,
    "role_title": lambda value: _LABEL.fullmatch(value) is not None,
    "event": lambda value: value in SECURITY_EVENTS,
}


@dataclass(frozen=True, slots=True)
class NoticeText:
    """One version of a text: its name, version, day from which it holds, title, source, and body in Markdown."""

    name: str
    version: str
    effective_from: date
    title: str
    source: str
    markdown: str

    @property
    def html(self) -> str:
        """Return the body as HTML; everything but our own tags is escaped."""
        return rendered_markdown(self.markdown)


def read_text(path: Path) -> NoticeText:
    """Read one text file, named `<name>/<effective-from>.md`; raises ValueError where its heading is incomplete."""
    marker, heading, body = path.read_text("utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in heading.splitlines() if line.strip())
    missing = {"title", "source", "version"} - {key for key, value in fields.items() if value.strip()}
    if marker or missing or not body.strip():
        raise ValueError(f"{path.parent.name}/{path.name}: a text needs title, source, version and a body")
    return NoticeText(
        name=path.parent.name,
        version=fields["version"].strip(),
        effective_from=date.fromisoformat(path.stem),
        title=fields["title"].strip(),
        source=fields["source"].strip(),
        markdown=body.strip(),
    )


def _inline(line: str) -> str:
    """Escape a line and turn `**strong**` and `[words](address)` into tags; other links stay words."""
    text = escape(line)
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"\[([^\]]+)\]\(((?:/|#|https?://)[^)\s]*)\)", r'<a class="govuk-link" href="\2">\1</a>', text)


def _block(block: str) -> str:
    """Return one paragraph, heading or list as HTML."""
    lines = block.splitlines()
    if lines[0].startswith("## "):
        heading = f'<h2 class="govuk-heading-m">{_inline(lines[0][3:])}</h2>'
        rest = "\n".join(lines[1:]).strip()
        return heading + (_block(rest) if rest else "")
    if lines[0].startswith("- "):
        items = re.split(r"(?m)^- ", block)[1:]
        points = "".join(f"<li>{_inline(' '.join(item.split()))}</li>" for item in items)
        return f'<ul class="govuk-list govuk-list--bullet">{points}</ul>'
    return f'<p class="govuk-body">{_inline(" ".join(lines))}</p>'


def rendered_markdown(markdown: str) -> str:
    """Return our subset of Markdown as HTML."""
    return "\n".join(_block(block.strip()) for block in re.split(r"\n\s*\n", markdown) if block.strip())


def placeholders(template: str) -> frozenset[str]:
    """Return the names that a template asks for; raises ValueError for a stray dollar sign."""
    parsed = Template(template)
    if not parsed.is_valid():
        raise ValueError("a template holds a $ that is no placeholder")
    return frozenset(parsed.get_identifiers())


def check_mail(name: str, context: Mapping[str, str]) -> None:
    """Raise ValueError unless a mail exists and is given exactly its variables, each of its own form (TEQ-08)."""
    if name not in MAILS:
        raise ValueError(f"there is no mail named {name}")
    if context.keys() != MAILS[name]:
        raise ValueError(f"mail {name} takes {', '.join(sorted(MAILS[name]))} and nothing else")
    wrong = sorted(key for key, value in context.items() if not _CHECKS[key](value))
    if wrong:
        raise ValueError(f"mail {name}: {', '.join(wrong)} is not of the form that a mail may carry")


def check_template(name: str, text: str) -> None:
    """Raise ValueError where a mail template asks for a variable that MAILS does not grant it."""
    foreign = placeholders(text) - MAILS[name] - ALWAYS
    if foreign:
        raise ValueError(f"mail {name} asks for {', '.join(sorted(foreign))}, which no mail of its kind may hold")


def rendered_mail(name: str, context: Mapping[str, str], always: Mapping[str, str]) -> tuple[str, str]:
    """Return subject and body of a mail. `always` holds register_name and public_url."""
    check_mail(name, context)
    text = (MAIL / f"{name}.txt").read_text("utf-8")
    check_template(name, text)
    closing = (MAIL / "closing.txt").read_text("utf-8")
    values = {**context, **always}
    if "event" in values:
        values["event"] = SECURITY_EVENTS[values["event"]]
    subject, _, body = Template(text).substitute(values).partition("\n")
    return subject.strip(), f"{body.strip()}\n\n{Template(closing).substitute(always).strip()}\n"
