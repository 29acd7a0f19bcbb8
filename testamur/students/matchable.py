"""Every student of a provider at once, as far as an application could be compared with them: named, and born when (TEQ-07).

One statement a provider; names do not leave this module, only whether there is one and whether another student has the same.
"""

from typing import Any

import polars as pl

_PRESENT = """
SELECT s.id, s.local_id, p.folded_family, p.folded_given, p.single_name, p.birth_earliest, p.birth_latest,
       p.birth_placeholder
FROM students_student s
JOIN students_studentkey k ON k.student_id = s.id
LEFT JOIN (
    SELECT DISTINCT ON (student_id) * FROM students_particulars WHERE provider_id = %s ORDER BY student_id, seq DESC
) p ON p.student_id = s.id
WHERE s.provider_id = %s
"""
_SCHEMA = {
    "student_id": pl.Int64, "local_id": pl.String, "family": pl.String, "given": pl.String, "single": pl.Boolean,
    "earliest": pl.Date, "latest": pl.Date, "placeholder": pl.Boolean,
}  # fmt: skip


def matchable(cursor: Any, provider_id: int) -> pl.DataFrame:
    """Return student_id, local_id, named, born and twin of each student of a provider who was not erased.

    `named` says that there is a family and a given name, or a single one; `born` is day, part or unknown, a placeholder being
    unknown; `twin` says that another student of the provider has the same name and birth date.
    """
    cursor.execute(_PRESENT, [provider_id, provider_id])
    found = pl.DataFrame(cursor.fetchall(), schema=_SCHEMA, orient="row")
    known = pl.col("earliest").is_not_null() & pl.col("latest").is_not_null() & ~pl.col("placeholder")
    born = (
        pl.when(known & (pl.col("earliest") == pl.col("latest")))
        .then(pl.lit("day"))
        .when(known)
        .then(pl.lit("part"))
        .otherwise(pl.lit("unknown"))
    )
    given = (pl.col("given").fill_null("") != "") | pl.col("single").fill_null(False)
    named = ((pl.col("family").fill_null("") != "") & given).alias("named")
    who = pl.struct("family", "given", "earliest", "latest")
    twin = (named & known.fill_null(False) & who.is_duplicated()).alias("twin")
    return found.select("student_id", "local_id", named, born.alias("born"), twin)


def numbers(cursor: Any, provider_id: int, student_ids: list[int]) -> dict[int, str]:
    """Return the provider's own numbers of some of its students; those who were erased are left out."""
    cursor.execute(
        "SELECT s.id, s.local_id FROM students_student s JOIN students_studentkey k ON k.student_id = s.id"
        " WHERE s.provider_id = %s AND s.id = ANY (%s)",
        [provider_id, student_ids],
    )
    return dict(cursor.fetchall())
