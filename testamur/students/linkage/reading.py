"""What the register holds of its students, read for comparison: a page of students at a time, as frame.RAW wants it.

Everything here needs the register scope. Usable USIs arrive as tokens of this one run; no number is read here.
Erased students have no key and are left out.
"""

import hmac
import os
from collections.abc import Collection, Iterator
from typing import Any, Final

import polars as pl
from django.db import connection

from testamur.kernel.canonical import canonical_bytes
from testamur.kernel.copying import frame_from
from testamur.students.linkage.frame import RAW
from testamur.students.models import Contact, Particulars, StudentKey
from testamur.students.usi import queries as usi_queries

AT_ONCE: Final = 20_000
_APART: Final = "\x1d"
_PAGE: Final = """
SELECT s.id, s.provider_id, p.family_name, trim(p.given_name || ' ' || p.other_names),
       (SELECT string_agg(DISTINCT before.family_name, {apart}) FROM students_particulars before
        WHERE before.student_id = s.id AND before.seq < p.seq AND before.family_name <> p.family_name),
       p.birth_earliest, p.birth_latest, p.birth_precision, p.birth_placeholder::text,
       nullif(c.details->>'postcode', ''), nullif(c.details->>'email', '')
FROM (SELECT id, provider_id FROM students_student WHERE id > {after} ORDER BY id LIMIT {most}) s
JOIN students_studentkey k ON k.student_id = s.id
JOIN LATERAL (SELECT * FROM students_particulars o WHERE o.student_id = s.id ORDER BY o.seq DESC LIMIT 1) p ON true
LEFT JOIN students_contact c ON c.student_id = s.id
ORDER BY s.id
"""
_LAST: Final = """
SELECT max(id) FROM (SELECT id FROM students_student WHERE id > %s ORDER BY id LIMIT %s) page
"""
_READ: Final = {name: kind for name, kind in RAW.items() if name != "verified"} | {"former_names": pl.String()}


def raw_students(*, at_once: int = AT_ONCE) -> pl.DataFrame:
    """Return what is compared of every student, as frame.RAW; at most `at_once` of them are held as Python values at a time."""
    pages = [_page_as_raw(page) for page in _pages(at_once)]
    if not pages:
        return pl.DataFrame(schema=RAW)
    tokens = pl.DataFrame(
        ((student, token.hex()) for student, token in usi_queries.comparing_tokens(secret=os.urandom(32))),
        schema={"student_id": pl.Int64, "verified": pl.String},
        orient="row",
    )
    return pl.concat(pages).join(tokens, on="student_id", how="left", maintain_order="left").select(list(RAW))


def _pages(at_once: int) -> Iterator[pl.DataFrame]:
    """Yield the students page by page, in the order of their numbers."""
    after = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_LAST, [after, at_once])
            (last,) = cursor.fetchone()
            if last is None:
                return
            yield frame_from(cursor, _PAGE, _READ, after=after, most=at_once, apart=_APART)
            after = last


def _page_as_raw(page: pl.DataFrame) -> pl.DataFrame:
    """Return a page with former names as lists."""
    former = pl.col("former_names").str.split(_APART).fill_null(pl.lit([], dtype=pl.List(pl.String)))
    return page.with_columns(former.alias("former_names"))


def seen(students: Collection[int]) -> dict[int, bytes]:
    """Return 32 bytes a student that change when anything that is compared of them changes; none for erased students.

    A keyed hash under the student's own key: without the key, which erasure deletes, it says nothing.
    """
    held: dict[int, dict[str, Any]] = {
        student: {"said": [], "contact": None, "verified": False} for student in students
    }
    said = Particulars.objects.filter(student_id__in=students).order_by("student_id", "seq")
    for row in said:
        before = held[row.student_id]["said"]
        if not before or before[-1] != _said(row):
            before.append(_said(row))
    for student, details in Contact.objects.filter(student_id__in=students).values_list("student_id", "details"):
        held[student]["contact"] = [details.get("postcode"), details.get("email")]
    for student in usi_queries.usable_usis(students):
        held[student]["verified"] = True
    keys = StudentKey.objects.filter(student_id__in=students).values_list("student_id", "key")
    return {student: hmac.digest(bytes(key), canonical_bytes(held[student]), "sha256") for student, key in keys}


def _said(row: Particulars) -> list[str | bool | None]:
    """Return what one version of the particulars says that is compared."""
    born = [None if day is None else day.isoformat() for day in (row.birth_earliest, row.birth_latest)]
    names = [row.family_name, row.given_name, row.other_names]
    return [*names, row.single_name, *born, row.birth_precision, row.birth_placeholder]
