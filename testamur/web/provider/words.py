"""How the provider's pages name states, steps, people, sizes and moments."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from testamur.accounts import queries as accounts_queries
from testamur.kernel.identifiers import printed
from testamur.submissions.queries import SubmissionCard
from testamur.web.parts import Tone

STATES: Final[dict[str, tuple[str, Tone]]] = {
    "drafted": ("Empty", "quiet"),
    "uploaded": ("To check", "info"),
    "validating": ("Being checked", "info"),
    "rejected": ("Not readable", "bad"),
    "needs_fix": ("To fix", "bad"),
    "ready": ("To declare", "warn"),
    "submitted": ("Waits for acceptance", "info"),
    "accepted": ("Being sealed", "info"),
    "sealed": ("Sealed", "good"),
    "superseded": ("Superseded", "quiet"),
    "withdrawn": ("Withdrawn", "quiet"),
}
STEPS: Final = {
    "open": "Opened",
    "receive": "Files received",
    "check": "Check asked for",
    "refuse": "Nothing could be read",
    "find_faults": "Checked: errors found",
    "pass": "Checked: no errors",
    "give_up": "Check stopped",
    "fix": "Cells fixed",
    "choose": "State’s form and year chosen",
    "hold": "Rows with errors held",
    "stop_holding": "Rows no longer held",
    "complete": "Held rows sealed",
    "declare": "Declared",
    "accept": "Accepted",
    "return": "Sent back",
    "seal": "Sealed",
    "supersede": "Superseded",
    "withdraw": "Withdrawn",
    "restart": "Started again",
    "purge": "Originals deleted",
}
STEP_TONES: Final[dict[str, Tone]] = {
    "refuse": "bad",
    "find_faults": "warn",
    "pass": "good",
    "give_up": "bad",
    "hold": "warn",
    "return": "warn",
    "seal": "good",
    "complete": "good",
}
SEVERITIES: Final[dict[str, tuple[str, str, Tone]]] = {
    "error": ("error", "errors", "bad"),
    "warning": ("warning", "warnings", "warn"),
    "info": ("note", "notes", "info"),
}
PROFILES: Final = {
    "strict": "Strict: the definition as written",
    "tolerant": "Tolerant: wider fields and newer codes kept",
}
REGISTER: Final = "The register"
_UNITS: Final = ("bytes", "kB", "MB", "GB")


def state_words(card: SubmissionCard) -> tuple[str, Tone]:
    """Return a submission's state in words and its tone."""
    if card.state == "ready" and card.tally.warning:
        return "To declare", "warn"
    return STATES[card.state]


def title_of(card: SubmissionCard) -> str:
    """Return what a submission is called: its printed number."""
    return f"Submission {printed(card.number)}"


def size_words(size: int) -> str:
    """Return a size in bytes as people read it."""
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit and value < 10 else f"{value:.0f} {_UNITS[unit]}"


def moment_words(moment: datetime | None, zone: str) -> str:
    """Return a moment in a provider's zone: 3 March 2019, 4:05 pm AEDT; nothing for none."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(zone))
    half = "am" if local.hour < 12 else "pm"
    return f"{local.day} {local:%B %Y}, {local.hour % 12 or 12}:{local:%M} {half} {local:%Z}"


def chosen_by(card: SubmissionCard) -> str:
    """Return who chose the state's form or the collection year of NAT files, "" where nobody did."""
    return names_of([card.form_chosen_by])[card.form_chosen_by] if card.form_chosen_by else ""


def chosen_words(card: SubmissionCard, zone: str) -> str:
    """Return who chose them, and when."""
    return f"{chosen_by(card)} on {moment_words(card.form_chosen_at, zone)}"


def names_of(people: Iterable[UUID | None]) -> Mapping[UUID | None, str]:
    """Return how people are named; nobody is the register itself."""
    names: dict[UUID | None, str] = {None: REGISTER}
    for person in {person for person in people if person is not None}:
        account = accounts_queries.account(person)
        names[person] = account.name or account.email
    return names
