"""What follows from a student's units, dates and fees for the document that is asked for (AQF-01…12; CS 9 and 11).

The units are those that the document would rest on. Codes are compared without regard to case.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from testamur.rulebook.facts import Known, Value
from testamur.rulebook.procedures import clock, taking

# Kinds that are complete in themselves and are attested by a statement of attainment (AQF-03).
STANDALONE: Final = frozenset({"unit", "skill-set", "short-course", "module"})
# English as people and the national data standard write it; 1201 is its code in the standard list of languages.
ENGLISH: Final = frozenset({"english", "en", "eng", "en-au", "1201"})


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit as it was given; languages are folded, English where neither is given."""

    code: str
    outcome: str
    method: str
    evidence: bool
    delivered_in: str
    assessed_in: str

    @property
    def key(self) -> str:
        """Return the code as it is compared."""
        return self.code.casefold()

    @property
    def attained(self) -> bool:
        """Say whether the outcome is competent, however it was reached."""
        return self.outcome == "competent"


@dataclass(frozen=True, slots=True)
class Packaging:
    """What the product asks for; `electives` is None where any unit outside the core may count."""

    core: tuple[str, ...]
    electives_required: int
    electives: frozenset[str] | None

    @property
    def known(self) -> bool:
        """Say whether anything is asked for at all."""
        return bool(self.core) or self.electives_required > 0


def units_of(facts: Known) -> tuple[Unit, ...]:
    """Return the units; a language that is not given is taken as the other one's, so that the two agree."""
    return tuple(_unit(each) for each in taking.groups(facts, "units"))


def _unit(facts: Known) -> Unit:
    """Return one unit."""
    delivered, assessed = taking.word(facts, "delivered_in"), taking.word(facts, "assessed_in")
    return Unit(
        code=str(facts["code"]),
        outcome=str(facts["outcome"]),
        method=str(facts["method"]),
        evidence=taking.flag(facts, "evidence"),
        delivered_in=_language(delivered or assessed),
        assessed_in=_language(assessed or delivered),
    )


def _language(written: str | None) -> str:
    """Return a language as it is compared."""
    folded = (written or "english").casefold()
    return "english" if folded in ENGLISH else folded


def packaging_of(product: Known) -> Packaging:
    """Return what the product asks for."""
    electives = taking.words(product, "elective_codes")
    return Packaging(
        core=taking.words(product, "core") or (),
        electives_required=int(taking.amount(product, "electives_required")),
        electives=None if electives is None else frozenset(code.casefold() for code in electives),
    )


def missing_core(packaging: Packaging, units: Sequence[Unit]) -> tuple[str, ...]:
    """Return the core units that are not attained, as the product writes them, each once."""
    attained = {unit.key for unit in units if unit.attained}
    missing = {code.casefold(): code for code in packaging.core if code.casefold() not in attained}
    return tuple(missing.values())


def electives_missing(packaging: Packaging, units: Sequence[Unit]) -> int:
    """Return how many electives are still to be attained; a unit counts once, and never as core and elective."""
    core = {code.casefold() for code in packaging.core}
    attained = {unit.key for unit in units if unit.attained} - core
    counted = attained if packaging.electives is None else attained & packaging.electives
    return max(0, packaging.electives_required - len(counted))


def derive(facts: Known, numbers: Mapping[str, int]) -> dict[str, Value]:
    """Return every derived fact of the table `issuance`."""
    product, units = taking.group(facts, "product"), units_of(facts)
    packaging = packaging_of(product)
    missing, short = missing_core(packaging, units), electives_missing(packaging, units)
    complete = not missing and short == 0
    attained = [unit for unit in units if unit.attained]
    return {
        "attained_units": _codes(attained),
        "missing_core": missing,
        "electives_missing": short,
        "complete": packaging.known and complete and bool(attained),
        "pending_units": _codes(unit for unit in units if unit.outcome == "in-progress"),
        "units_not_attained": _codes(unit for unit in units if not unit.attained),
        "rpl_without_evidence": _codes(_unproven(attained, "rpl")),
        "transfer_without_evidence": _codes(_unproven(attained, "credit-transfer")),
        "only_credit_transfer": bool(attained) and all(unit.method == "credit-transfer" for unit in attained),
        "other_language_units": _codes(unit for unit in attained if unit.delivered_in == unit.assessed_in != "english"),
        "mixed_language_units": _codes(unit for unit in attained if unit.delivered_in != unit.assessed_in),
        "prepared_and_approved_by_one": _one_person(facts),
        **_dates(facts, numbers, complete=packaging.known and complete, partial=not complete),
    }


def _unproven(units: Iterable[Unit], method: str) -> list[Unit]:
    """Return the units of one method that lack their evidence."""
    return [unit for unit in units if unit.method == method and not unit.evidence]


def _codes(units: Iterable[Unit]) -> tuple[str, ...]:
    """Return the codes of units, each once."""
    return tuple({unit.key: unit.code for unit in units}.values())


def _one_person(facts: Known) -> bool:
    """Say whether one person prepared and approved."""
    prepared, approved = taking.word(facts, "prepared_by"), taking.word(facts, "approved_by")
    return prepared is not None and approved is not None and prepared.casefold() == approved.casefold()


def _dates(facts: Known, numbers: Mapping[str, int], *, complete: bool, partial: bool) -> dict[str, Value]:
    """Return what follows from the days: who is still enrolled, whether fees are owed, and until when to issue."""
    issue = taking.day(facts, "issue_on") or date.min
    completed, exited = taking.day(facts, "completed_on"), taking.day(facts, "exited_on")
    fees, product = taking.group(facts, "fees"), taking.group(facts, "product")
    cleared = taking.day(fees, "cleared_on")
    owed = taking.amount(fees, "balance") > 0 or (cleared is not None and cleared > issue)
    testamur, standalone = facts["document"] == "testamur", product["kind"] in STANDALONE
    still_enrolled = partial and not testamur and (exited is None or exited > issue)
    by_exit = not testamur and not (complete and (standalone or facts["document"] == "record-of-results"))
    start = clock.starts_on(completed, exited, by_exit=by_exit)
    due = None
    if start is not None and not (still_enrolled and exited is None):
        due = clock.due_on(start, cleared_on=cleared, numbers=numbers)
    late = due is not None and issue > due
    return {
        "still_enrolled": still_enrolled,
        "before_completion": completed is not None and issue < completed,
        "fees_owed": owed,
        "due_on": None if owed and late else due,
        "late": late and not owed,
    }
