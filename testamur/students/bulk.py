"""Students by the hundred thousand: COPY into the sole partition of a table, its door (kernel.sql.entered_by_copy).

The door knows its provider from the transaction alone. Rows that may stand already go through a temporary table and are
replaced under row-level security.
"""

import os
from typing import Any

import polars as pl

from testamur.kernel.copying import copy_frame
from testamur.students.rules import fold_name

_KEY_BYTES = 32


def known_students(cursor: Any, provider_id: int) -> pl.DataFrame:
    """Return local_id, student_id, key of the provider's students by number; erased ones have no key and are left out."""
    cursor.execute(
        "SELECT s.local_id, s.id, k.key FROM students_student s JOIN students_studentkey k ON k.student_id = s.id"
        " WHERE s.provider_id = %s ORDER BY s.id",
        [provider_id],
    )
    schema = {"local_id": pl.String, "student_id": pl.Int64, "key": pl.Binary}
    return pl.DataFrame(
        [(local_id, number, bytes(key)) for local_id, number, key in cursor], schema=schema, orient="row"
    )


def plan_enrolment(cursor: Any, provider_id: int, local_ids: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return known_students with those who are not known yet, numbered and given keys, and these new ones alone.

    Nothing is written: numbers and keys are enough to begin with, and write_students follows in the same transaction, on
    behalf of the provider. `local_ids` keeps its order: numbers rise in it. Both frames are sorted by student_id.
    """
    known = known_students(cursor, provider_id)
    fresh = local_ids.unique(maintain_order=True).to_frame("local_id").join(known, on="local_id", how="anti")
    if fresh.is_empty():
        return known, fresh
    first = _reserve_numbers(cursor, len(fresh))
    random = os.urandom(_KEY_BYTES * len(fresh))
    keys = [random[at : at + _KEY_BYTES] for at in range(0, len(random), _KEY_BYTES)]
    made = fresh.with_columns(
        pl.int_range(first, first + len(fresh), dtype=pl.Int64).alias("student_id"),
        pl.Series("key", keys, dtype=pl.Binary),
    )
    return pl.concat([known, made]), made


def _reserve_numbers(cursor: Any, count: int) -> int:
    """Draw numbers of students until so many stand in a row, and return the first; the sequence gives each once."""
    statement = (
        "SELECT min(n), max(n) FROM (SELECT nextval('students_student_id_seq') FROM generate_series(1, %s)) s (n)"
    )
    while True:
        cursor.execute(statement, [count])
        first, last = cursor.fetchone()
        if last - first == count - 1:
            return int(first)


def write_students(cursor: Any, made: pl.DataFrame, *, source_id: int) -> None:
    """Write new students and their keys, of the transaction's provider."""
    if made.is_empty():
        return
    rows = made.select(pl.col("student_id").alias("id"), "local_id", pl.lit(source_id).alias("since_source"))
    copy_frame(cursor, "students_student_rows", rows)
    copy_frame(cursor, "students_studentkey_rows", made.select("student_id", "key"))


def write_particulars(cursor: Any, particulars: pl.DataFrame) -> None:
    """Write one row of particulars for each new version of a student's record; adds the folded names."""
    given = pl.concat_str(["given_name", "other_names"], separator=" ").str.strip_chars()
    with_given = particulars.with_columns(given.alias("all_given"))
    rows = with_given.with_columns(
        _folded("family_name", with_given).alias("folded_family"),
        _folded("all_given", with_given).alias("folded_given"),
    ).drop("all_given")
    copy_frame(cursor, "students_particulars_rows", rows)


def _folded(column: str, frame: pl.DataFrame) -> pl.Expr:
    """Fold each distinct name once."""
    distinct = frame[column].unique()
    return pl.col(column).replace_strict(distinct, pl.Series([fold_name(name) for name in distinct], dtype=pl.String))


def write_contacts(cursor: Any, provider_id: int, contacts: pl.DataFrame) -> None:
    """Keep the latest contact details of each student; `details` is a JSON object as text."""
    cursor.execute("SELECT student_id FROM students_contact WHERE provider_id = %s", [provider_id])
    held = pl.Series("student_id", [number for (number,) in cursor.fetchall()], dtype=pl.Int64)
    again = pl.col("student_id").is_in(held.implode())
    copy_frame(cursor, "students_contact_rows", contacts.filter(~again))
    _replace(cursor, provider_id, "students_contact", contacts.filter(again), key=("student_id",))


def write_identifiers(cursor: Any, provider_id: int, identifiers: pl.DataFrame) -> None:
    """Keep sealed identifiers; `sealed` is ciphertext. Each waits for verification, whatever stood there before (USI-02)."""
    rows = identifiers.with_columns(pl.lit("pending").alias("state"))
    _replace(cursor, provider_id, "students_identifier", rows, key=("student_id", "kind"))


def _replace(cursor: Any, provider_id: int, table: str, frame: pl.DataFrame, *, key: tuple[str, ...]) -> None:
    """Insert a frame into a table with row-level security, or replace the rows of the same key, by a temporary table."""
    if frame.is_empty():
        return
    rows = frame.with_columns(pl.lit(provider_id).alias("provider_id"))
    columns = ", ".join(rows.columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in rows.columns if name not in key)
    cursor.execute(f"CREATE TEMP TABLE arriving ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA")  # noqa: S608
    copy_frame(cursor, "arriving", rows)
    cursor.execute(
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM arriving"  # noqa: S608
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
    )
    cursor.execute("DROP TABLE arriving")
