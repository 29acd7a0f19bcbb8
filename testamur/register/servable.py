"""What is held of every student of a provider at once, as far as an extract could certify it (CQR-10 to CQR-12).

Current versions only; withdrawn records do not count. One statement a provider, nothing about who anybody is.
"""

from typing import Any

import polars as pl

from testamur.register.models import RecordKind, Source

_HELD = """
WITH later AS (
    SELECT record_id, max(seq) AS seq FROM register_version WHERE provider_id = %(provider)s AND seq > 1 GROUP BY record_id
), held AS (
    SELECT v.student_id, v.kind, v.course_id, v.source_id, v.line,
           v.kind = %(certificate)s AND position('"units":[[' IN v.facts) = 0 AS bare
    FROM register_version v LEFT JOIN later l ON l.record_id = v.record_id
    WHERE v.provider_id = %(provider)s AND v.seq = coalesce(l.seq, 1)
      AND NOT (v.seq > 1 AND position('"withdrawn":true' IN v.facts) > 0)
), courses AS (
    SELECT student_id, course_id,
           count(*) FILTER (WHERE kind <> %(student)s) AS held,
           bool_or(bare) AND NOT bool_or(kind = %(unit)s) AS bare,
           max(source_id) FILTER (WHERE kind = %(student)s) AS source_id,
           max(line) FILTER (WHERE kind = %(student)s) AS line
    FROM held GROUP BY student_id, course_id
)
SELECT student_id, sum(held)::bigint, bool_or(coalesce(bare, false)), max(source_id), max(line) FROM courses GROUP BY student_id
"""
_SCHEMA = {
    "student_id": pl.Int64, "held": pl.Int64, "bare": pl.Boolean, "source_id": pl.Int64, "line": pl.Int64,
}  # fmt: skip


def servable(cursor: Any, provider_id: int) -> pl.DataFrame:
    """Return student_id, held, bare, part and line of each student of whom a current record is held.

    `held` counts results, certificates and lodged documents; `bare` says that a certificate names no unit and none was lodged
    for its course; `part` and `line` say where the student's own row stood.
    """
    kinds = {
        "student": RecordKind.STUDENT.value,
        "unit": RecordKind.UNIT_RESULT.value,
        "certificate": RecordKind.CERTIFICATE.value,
    }
    cursor.execute(_HELD, {"provider": provider_id, **kinds})
    found = pl.DataFrame(cursor.fetchall(), schema=_SCHEMA, orient="row")
    parts = dict(Source.objects.filter(provider_id=provider_id).values_list("pk", "part"))
    named = pl.col("source_id").replace_strict(parts, default="", return_dtype=pl.String).fill_null("")
    return found.with_columns(named.alias("part"))
