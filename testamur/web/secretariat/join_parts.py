"""How a proposed join is shown: its state, the two records side by side, and each agreement in words."""

from typing import Any, Final
from uuid import UUID

from django import forms

from testamur.accounts.roles import Role
from testamur.extracts.actions import JoinCase, Side
from testamur.kernel.states import Machine
from testamur.students.linkage.queries import GROUNDS, JoinFacts
from testamur.students.states import JOIN
from testamur.web.parts import Cell, SummaryRow, Table, Tone
from testamur.web.secretariat.request_forms import ReasonForm
from testamur.web.templatetags.testamur import long_moment

STATES: Final[dict[str, tuple[str, Tone]]] = {
    "proposed": ("To compare", "warn"),
    "endorsed": ("For a supervisor", "info"),
    "confirmed": ("Joined", "good"),
    "declined": ("Declined: two people", "quiet"),
    "stale": ("No longer proposed", "quiet"),
    "undone": ("Join undone", "quiet"),
}
ANSWERS: Final[dict[str, tuple[str, Tone]]] = {
    "": ("Has not said", "quiet"),
    "mine": ("Says: mine", "info"),
    "not_mine": ("Says: not mine", "warn"),
}
_MASK: Final = "masked"
_MACHINE: Final[Machine] = JOIN
_AGREES: Final[dict[str, tuple[str, Tone]]] = {
    "nothing": ("Nothing to compare", "quiet"),
    "same": ("Agrees", "good"),
    "same day": ("Agrees", "good"),
    "other": ("Differs", "bad"),
    "short form": ("Agrees: a short form", "info"),
    "former name": ("Agrees with a former name", "info"),
    "exchanged": ("Agrees: given and family name exchanged", "info"),
    "exchanged with a slip": ("Exchanged, and one letter differs", "warn"),
    "one slip": ("One letter differs", "warn"),
    "alike": ("Alike", "warn"),
    "initial": ("Agrees with an initial", "info"),
    "day and month exchanged": ("Agrees: day and month exchanged", "info"),
    "one figure": ("One figure differs", "warn"),
    "same month, day not known": ("Same month; the day is not known", "info"),
    "same year, month not known": ("Same year; the month is not known", "info"),
    "two parts of three": ("Two of day, month and year agree", "warn"),
}


class QueueForm(forms.Form):
    """What narrows and orders the list of proposals."""

    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "All that wait"), *((key, words) for key, (words, _) in STATES.items())],
    )
    grounds = forms.ChoiceField(label="Reason", required=False, choices=[("", "Any"), *GROUNDS.items()])
    order = forms.ChoiceField(
        label="First",
        required=False,
        choices=[("waiting", "The longest waiting"), ("score", "The highest score")],
    )


def agreement(level: str) -> Cell:
    """Return how a field compares, in words with a tone."""
    words, tone = _AGREES[level]
    return Cell(words, tone=tone)


def case_parts(case: JoinCase, names: dict[int, str], *, masked: bool, by: UUID, role: Role) -> dict[str, Any]:
    """Return what the page of a proposal shows; an auditor sees that fields agree, not what they hold."""
    join = case.join
    works = role in {Role.SECRETARIAT_OFFICER, Role.SUPERVISOR}
    supervisor = role is Role.SUPERVISOR
    chosen = join.chosen_by is not None
    ready = join.exact or (supervisor and chosen and join.chosen_by != by)
    return {
        "number": join.number,
        "state": STATES[join.state],
        "grounds": GROUNDS[join.grounds],
        "exact": join.exact,
        "answer": ANSWERS[join.answer],
        "table": _table(case, names, masked=masked),
        "facts": _facts(join),
        "history": _history(join, masked=masked),
        "may_confirm": works and ready and _MACHINE.allowed(join.state, "confirm"),
        "may_endorse": works and not join.exact and _MACHINE.allowed(join.state, "endorse"),
        "may_decline": works and _MACHINE.allowed(join.state, "decline"),
        "may_undo": supervisor and _MACHINE.allowed(join.state, "undo"),
        "waits_for_another": works and join.state == "endorsed" and not ready,
        "confirm_form": ReasonForm(auto_id="confirm_%s"),
        "endorse_form": ReasonForm(auto_id="endorse_%s"),
        "decline_form": ReasonForm(auto_id="decline_%s"),
        "undo_form": ReasonForm(auto_id="undo_%s"),
    }


def _table(case: JoinCase, names: dict[int, str], *, masked: bool) -> Table:
    """Return the two records side by side, field by field."""
    levels = case.join.levels
    low, high = case.sides
    birth = [side.card.birth.printed() if side.card else "erased" for side in case.sides]
    held: list[tuple[str, str, str, Cell]] = [
        ("Family name", _said(low, "family_name"), _said(high, "family_name"), agreement(levels["family"])),
        ("Given name", _said(low, "given_name"), _said(high, "given_name"), agreement(levels["given"])),
        ("Other names", _said(low, "other_names"), _said(high, "other_names"), agreement(levels["others"])),
        ("Former names", _former(low), _former(high), Cell("Compared with the family name")),
        ("Date of birth", birth[0], birth[1], agreement(levels["birth"])),
        ("Gender", _said(low, "gender"), _said(high, "gender"), Cell("Not compared")),
        ("Student number", _said(low, "local_id"), _said(high, "local_id"), Cell("Not compared")),
    ]
    rows: list[list[object]] = [
        [field, *((_MASK, _MASK) if masked else (one, other)), compared] for field, one, other, compared in held
    ]
    rows += [
        ["Postcode", "not shown", "not shown", agreement(levels["postcode"])],
        ["E-mail address", "not shown", "not shown", agreement(levels["email"])],
        ["USI", low.usi or "none", high.usi or "none", agreement(levels["verified"])],
        ["Years", _years(low.years), _years(high.years), Cell("Not compared")],
        [
            "Courses",
            ", ".join(low.courses) or "none lodged",
            ", ".join(high.courses) or "none lodged",
            Cell("Not compared"),
        ],
    ]
    columns = ["Field", names[low.provider_id], names[high.provider_id], "Agreement"]
    return Table("The two records side by side", columns, rows)


def _said(side: Side, field: str) -> str:
    """Return one field of what a provider says, in words where it says nothing."""
    return str(getattr(side.card, field)) or "none" if side.card else "erased"


def _former(side: Side) -> str:
    """Return the former names of a student."""
    return ", ".join(side.card.former_names) or "none" if side.card else "erased"


def _years(years: tuple[int, ...]) -> str:
    """Return years as first to last."""
    if not years:
        return "none lodged"
    return str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"


def _facts(join: JoinFacts) -> list[SummaryRow]:
    """Return how the pair came to be proposed."""
    kind = "Exact: one officer may join them" if join.exact else "Not exact: an officer chooses, a supervisor approves"
    return [
        SummaryRow("Why proposed", GROUNDS[join.grounds]),
        SummaryRow("How sure", kind),
        SummaryRow("Score", f"{join.probability:.4f}, model {join.model_version}. A score joins nobody."),
        SummaryRow("Proposed", long_moment(join.proposed_at)),
    ]


def _history(join: JoinFacts, *, masked: bool) -> list[SummaryRow]:
    """Return what people have said and decided."""
    words = {"confirmed": "Joined", "undone": "Joined", "declined": "Declined", "stale": "No longer proposed"}
    rows = []
    if join.chosen_by is not None:
        rows.append(SummaryRow("Why they are one person", _MASK if masked else join.chosen_reason or "gone by erasure"))
    if join.reason:
        when = f", {long_moment(join.decided_at)}" if join.decided_at else ""
        rows.append(SummaryRow(f"{words.get(join.state, 'Decided')}{when}", _MASK if masked else join.reason))
    if join.undone_at is not None:
        rows.append(SummaryRow(f"Undone, {long_moment(join.undone_at)}", _MASK if masked else join.undone_reason))
    return rows
