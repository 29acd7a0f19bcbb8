"""Verdict and Finding: how every rule answers.

A rule never prints and never raises for a negative answer: it returns a Finding with its code,
its clause and the words that page, letter, API and audit all quote.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

# What an answer may say besides its words: a due date, the codes of units, the items of a document.
Detail = str | int | date | tuple[str, ...] | Mapping[str, str] | None


class Severity(StrEnum):
    """How a finding in a file weighs: an error holds its row, a warning or note does not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule has to say, with the clause it stands on and the place it is about.

    `rule` is the rulebook's id without prefix (`V07`, `N3a`, `CQR-09`). Findings in files carry a
    `severity`; findings of decisions carry an `outcome` of their ruleset's closed list. `row` is the
    1-based line as a spreadsheet counts it, header 1, None for a whole-file finding. `message` never
    holds a cell's value; the value stands apart in `value`, which only an authorised page shows.
    `details` are further keys of the answer, such as `due_on`; they hold no personal data.
    """

    rule: str
    message: str
    source: str
    severity: Severity | None = None
    outcome: str | None = None
    file: str | None = None
    row: int | None = None
    column: str | None = None
    fix: str | None = None
    value: str | None = None
    details: Mapping[str, Detail] = field(default_factory=dict, hash=False)

    def at(self, *, file: str | None = None, row: int | None = None, column: str | None = None) -> "Finding":
        """Return the same finding at another place."""
        return replace(self, file=file, row=row, column=column)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of one ruleset: the worst finding's outcome, and every finding.

    `version` is the effective-from date of the rule table that decided, as YYYY-MM-DD; `details` are further keys of
    the answer, such as `last_day`.
    """

    ruleset: str
    version: str
    outcome: str
    findings: tuple[Finding, ...] = ()
    details: Mapping[str, Detail] = field(default_factory=dict, hash=False)

    @property
    def allowed(self) -> bool:
        """Say whether the outcome lets the act go on (ALLOW or ALLOW_WITH_WARNING)."""
        return self.outcome in {"ALLOW", "ALLOW_WITH_WARNING"}

    @property
    def reasons(self) -> str:
        """Return the messages of all findings, one sentence after another."""
        return " ".join(finding.message for finding in self.findings)
