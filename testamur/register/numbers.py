"""The numbers of a provider's certificates as the record holds them, to find a number that another certificate has too (D01)."""

from typing import Any

import polars as pl

from testamur.kernel.copying import frame_from
from testamur.register.models import RecordKind

_SCHEMA = {"number": pl.String, "certificate_type": pl.String, "student_code": pl.String}
_HELD = """
SELECT upper(trim(v.facts::json ->> 'number')), v.facts::json ->> 'type', upper(s.local_id)
FROM (SELECT DISTINCT ON (record_id) student_id, facts FROM register_version
      WHERE provider_id = {provider} AND kind = {kind} ORDER BY record_id, seq DESC) v
JOIN students_student s ON s.id = v.student_id
WHERE v.facts::json ->> 'number' IS NOT NULL
"""


def certificate_numbers(cursor: Any, provider_id: int) -> pl.DataFrame:
    """Return number, certificate_type and student_code of every certificate held of a provider, withdrawn ones left out.

    Numbers and codes are in capitals. Needs the provider's scope or the register's.
    """
    return frame_from(cursor, _HELD, _SCHEMA, provider=provider_id, kind=RecordKind.CERTIFICATE.value)
