"""Students whom their provider enters before any of them is lodged: the same student, under the provider's own number.

A submission that names the number later finds this student and adds what it says. Until then the particulars entered here are
the only ones; they are numbered below 1, where the versions of the permanent record begin, so a lodged statement stands last
and is what cards show. Numbers are compared in capitals, as lodged files are read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl
from django.conf import settings
from django.db import connection
from django.db.models import Max

from testamur.kernel.errors import NotAllowed
from testamur.students import bulk, rules, sealing
from testamur.students.models import Particulars, Student, StudentKey
from testamur.students.usi import queries as usi_queries

NOT_LODGED: Final = 0
_FIRST_SEQ: Final = -1_000_000
_KIND: Final = "usi"
_SCHEMA: Final = {
    "student_id": pl.Int64, "seq": pl.Int32, "title": pl.String, "family_name": pl.String, "given_name": pl.String,
    "other_names": pl.String, "single_name": pl.Boolean, "birth_earliest": pl.Date, "birth_latest": pl.Date,
    "birth_precision": pl.String, "birth_placeholder": pl.Boolean, "gender": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class EnteredStudent:
    """A student as their provider enters them. Someone with one name has it as family name, and `given_name` empty."""

    local_id: str
    family_name: str = ""
    given_name: str = ""
    other_names: str = ""
    birth_date: date | None = None
    gender: str = ""
    number: str = ""  # the USI, in the clear until it is sealed here


@dataclass(frozen=True, slots=True)
class Known:
    """A student of a provider: whether the register still knows who they are, and whether it was lodged."""

    student_id: int
    erased: bool
    lodged: bool
    particulars: tuple[str, str, str, date | None, str] | None


def number_of(typed: str) -> str:
    """Return a provider's student number in the form in which it is compared."""
    return typed.strip().upper()


def known_by_number(provider_id: int, local_ids: Iterable[str]) -> dict[str, Known]:
    """Return the students of a provider by its own number, in three statements. Needs the provider's scope."""
    rows = dict(
        Student.objects.filter(provider_id=provider_id, local_id__in=set(local_ids)).values_list("local_id", "pk")
    )
    with_key = set(StudentKey.objects.filter(student_id__in=rows.values()).values_list("student_id", flat=True))
    last: dict[int, Particulars] = {}
    for row in Particulars.objects.filter(student_id__in=rows.values()).order_by("student_id", "seq"):
        last[row.student_id] = row
    return {
        local_id: Known(
            pk, pk not in with_key, pk in last and last[pk].seq > 0, _said(last[pk]) if pk in last else None
        )
        for local_id, pk in rows.items()
    }


def _said(row: Particulars) -> tuple[str, str, str, date | None, str]:
    """Return what a row of particulars says, as same_as compares it."""
    return row.family_name, row.given_name, row.other_names, row.birth_earliest, row.gender


def says_another(known: Known, said: EnteredStudent) -> bool:
    """Say whether what is entered differs from what is known; what is left empty says nothing."""
    if known.particulars is None:
        return False
    entered = (said.family_name, said.given_name, said.other_names, said.birth_date, said.gender)
    return any(new not in ("", None) and new != old for new, old in zip(entered, known.particulars, strict=True))


def enter_students(provider_id: int, said: Sequence[EnteredStudent]) -> dict[str, int]:
    """The provider's students with these numbers exist, each with what was said of them; returns student by number.

    New ones get a key and particulars; of those who were never lodged, what is said otherwise than before becomes their new
    particulars beside the former; of lodged ones nothing is changed. A protected number
    is kept where none is held yet; seal_numbers puts another in its place. In the caller's transaction on behalf of the provider.
    Refuses a number whose student was erased by law, and a new student without a name.
    """
    by_number = {number_of(one.local_id): one for one in said}
    known = known_by_number(provider_id, by_number)
    if any(one.erased for one in known.values()):
        raise NotAllowed("A student under one of these numbers was erased by law. Enrol the person under a new number.")
    fresh = [number for number in by_number if number not in known]
    if any(not by_number[number].family_name for number in fresh):
        raise NotAllowed("A student who is new needs a name. Give the family name, or the one name that they have.")

    places = {number: one.student_id for number, one in known.items()} | _enter(provider_id, fresh)
    changed = [n for n, one in known.items() if not one.lodged and says_another(one, by_number[n])]
    unnamed = [n for n, one in known.items() if one.particulars is None and by_number[n].family_name]
    _write_particulars({places[number]: by_number[number] for number in (*fresh, *changed, *unnamed)})
    first = {places[n]: one.number for n, one in by_number.items() if one.number}
    held = {line.student_id for line in usi_queries.lines_of(first)}
    seal_numbers(provider_id, {one: number for one, number in first.items() if one not in held})
    return places


def _enter(provider_id: int, local_ids: list[str]) -> dict[str, int]:
    """Write new students with their keys, guarded against a submission that brings the same ones."""
    if not local_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('register.load'), %s)", [provider_id])
        every, made = bulk.plan_enrolment(cursor, provider_id, pl.Series("local_id", local_ids, dtype=pl.String))
        bulk.write_students(cursor, made, source_id=NOT_LODGED)
    placed = every.filter(pl.col("local_id").is_in(local_ids))
    return dict(zip(placed["local_id"].to_list(), placed["student_id"].to_list(), strict=True))


def _write_particulars(said: dict[int, EnteredStudent]) -> None:
    """Write a further row of particulars for each student, numbered after their last entered one and below every lodged one."""
    if not said:
        return
    rows = Particulars.objects.filter(student_id__in=said, seq__lte=0).values("student_id").annotate(last=Max("seq"))
    last = {row["student_id"]: row["last"] for row in rows}
    frame = pl.DataFrame(
        [
            (
                student_id, last.get(student_id, _FIRST_SEQ - 1) + 1, "", one.family_name, one.given_name, one.other_names,
                not one.given_name, one.birth_date, one.birth_date, "day" if one.birth_date else "unknown",
                one.birth_date is None, one.gender,
            )
            for student_id, one in sorted(said.items())
        ],
        schema=_SCHEMA,
        orient="row",
    )  # fmt: skip
    with connection.cursor() as cursor:
        bulk.write_particulars(cursor, frame)


def seal_numbers(provider_id: int, numbers: dict[int, str]) -> None:
    """Keep protected numbers encrypted; each waits for verification whatever stood there before (USI-02)."""
    if not numbers:
        return
    key = sealing.identifier_key(settings.KEYS_DIR, create=settings.CREATE_KEYS)
    sealed = [sealing.seal_identifier(key, clear, student_id=one, kind=_KIND) for one, clear in numbers.items()]
    rows = pl.DataFrame(
        {"student_id": list(numbers), "kind": [_KIND] * len(numbers), "sealed": sealed},
        schema={"student_id": pl.Int64, "kind": pl.String, "sealed": pl.Binary},
    )
    with connection.cursor() as cursor:
        bulk.write_identifiers(cursor, provider_id, rows)


def printed_names(student_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return (the provider's number, the name as it is printed) of students, in two statements; of the erased the number only."""
    wanted = set(student_ids)
    numbers = dict(Student.objects.filter(pk__in=wanted).values_list("pk", "local_id"))
    names = dict.fromkeys(numbers, "")
    for row in Particulars.objects.filter(student_id__in=wanted).order_by("student_id", "seq"):
        names[row.student_id] = rules.printed_name(
            given=row.given_name, others=row.other_names, family=row.family_name, single=row.single_name
        )
    return {one: (numbers[one], names[one]) for one in numbers}
