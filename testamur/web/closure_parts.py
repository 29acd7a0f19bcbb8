"""How pages name where a closure case stands and what its chase log says (CQR-18)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from testamur.kernel.periods import days_after
from testamur.regulation.queries.sweeps import StepFacts, SweepFacts
from testamur.submissions.coverage import Status
from testamur.submissions.formats import formats_for
from testamur.submissions.years import Window
from testamur.web.parts import Cell, Column, Entry, SummaryRow, Table, Tone
from testamur.web.templatetags.testamur import long_date, long_moment

STATES: Final[Mapping[str, tuple[str, Tone]]] = {
    "opened": ("Open", "warn"),
    "completed": ("Complete", "good"),
    "closed_incomplete": ("Closed incomplete", "bad"),
}
_STEPS: Final[Mapping[str, tuple[str, Tone | None]]] = {
    "opened": ("Closure case opened", "info"),
    "asked": ("Records asked for", "info"),
    "reminded": ("Reminded", "warn"),
    "replied": ("The provider replied", None),
    "called": ("Called", None),
    "noted": ("Note", None),
    "completed": ("Complete: every period is answered", "good"),
    "closed_incomplete": ("Closed as incomplete", "bad"),
    "reopened": ("Opened again", "warn"),
}
PROVIDER_SEES: Final = frozenset({"opened", "asked", "reminded", "completed", "closed_incomplete", "reopened"})
_WANTED: Final[Mapping[Status, tuple[str, Tone]]] = {
    Status.NEVER: ("Never received", "bad"),
    Status.PARTLY: ("A part came early", "warn"),
    Status.NOT_DUE: ("Not received yet", "info"),
}


def state_of(one: SweepFacts) -> tuple[str, Tone]:
    """Return a case's state in words; an open one after its day is overdue."""
    return ("Overdue", "bad") if one.overdue else STATES[one.state]


def facts_of(one: SweepFacts) -> list[SummaryRow]:
    """Return what is asked for, by when, and how far it is."""
    line = one.registration
    until = line.registered_until if line.ended else None
    trigger = days_after(line.asked_by, -30) if line.asked_by else None
    last = until or trigger
    windows = len(one.coverage.windows)
    return [
        SummaryRow("Regulator", line.regulator),
        SummaryRow(
            "Records asked for", f"{long_date(line.registered_from)} until {long_date(last) if last else 'the end'}"
        ),
        SummaryRow("Due", long_date(line.asked_by) if line.asked_by else ""),
        SummaryRow("May come as", " or ".join(form.title for form in formats_for(frozenset({line.sector})))),
        SummaryRow("Answered", f"{windows - one.unanswered:,} of {windows:,} periods"),
        *([SummaryRow("Why it was closed", one.reason)] if one.reason else []),
    ]


def wanted_table(one: SweepFacts) -> Table:
    """Return the periods that are asked for and not answered; those that follow on one another stand in one line."""
    rows: list[list[object]] = []
    for status, windows in _runs(one):
        words, tone = _WANTED[status]
        whole = replace(windows[0], until=windows[-1].until)
        rows.append([whole.label, f"{len(windows):,}", Cell(words, tone=tone)])
    columns: list[Column | str] = ["Time", Column("Periods", numeric=True), "Standing"]
    return Table("Asked for and not answered", columns, rows, empty="Every period is answered.")


def _runs(one: SweepFacts) -> list[tuple[Status, list[Window]]]:
    """Return the windows that are not answered, in runs of one standing that leave out no day."""
    runs: list[tuple[Status, list[Window]]] = []
    for window in one.coverage.windows:
        status = one.coverage.answer(window)
        if status not in _WANTED:
            continue
        if runs and runs[-1][0] is status and runs[-1][1][-1].until == window.since:
            runs[-1][1].append(window)
        else:
            runs.append((status, [window]))
    return runs


def log_of(one: SweepFacts, names: Mapping[UUID, str], *, only: frozenset[str] | None = None) -> list[Entry]:
    """Return the chase log, the newest first; `only` keeps some kinds of step."""
    return [_entry(step, names) for step in reversed(one.steps) if only is None or step.kind in only]


def _entry(step: StepFacts, names: Mapping[UUID, str]) -> Entry:
    """Return one line of the log."""
    words, tone = _STEPS[step.kind]
    who = names.get(step.by, "a member of staff") if step.by else "the register"
    detail = [step.text] if step.text else []
    if step.asked:
        detail.append(f"{step.asked:,} period{'' if step.asked == 1 else 's'} unanswered then.")
    if step.mails.total:
        detail.append(_delivery(step))
    return Entry(long_moment(step.at), words, [*detail, f"By {who}."], tone=tone)


def _delivery(step: StepFacts) -> str:
    """Return what became of the mails of a step."""
    mails = step.mails
    said = [f"{mails.sent:,} sent"] if mails.sent else []
    said += [f"{mails.waiting:,} waiting"] if mails.waiting else []
    said += [f"{mails.given_up:,} could not be delivered"] if mails.given_up else []
    return f"By mail to {mails.total:,} {'person' if mails.total == 1 else 'people'}: {', '.join(said)}."
