"""What a provider said last about who its students are, to find two sexes or birth dates under one student number (D04)."""

from typing import Any

import polars as pl

from testamur.kernel.copying import frame_from

_FEW = 5_000
_SCHEMA = {"student_code": pl.String, "gender": pl.String, "birth_earliest": pl.Date, "birth_latest": pl.Date}
_LAST = """
SELECT DISTINCT ON (s.id) s.local_id, nullif(p.gender, ''),
       CASE WHEN NOT p.birth_placeholder THEN p.birth_earliest END,
       CASE WHEN NOT p.birth_placeholder THEN p.birth_latest END
FROM students_student s JOIN students_particulars p ON p.student_id = s.id
WHERE s.provider_id = {provider} {which}
ORDER BY s.id, p.seq DESC
"""


def last_particulars(cursor: Any, provider_id: int, codes: pl.Series) -> pl.DataFrame:
    """Return student_code, gender, birth_earliest and birth_latest of those of a provider's students who are held.

    `codes` are student numbers in capitals. What is not known, or a placeholder, is null. Needs the provider's scope.
    """
    wanted = codes.to_list() if len(codes) <= _FEW else None
    which = "AND s.local_id = ANY ({codes})" if wanted is not None else ""
    values: dict[str, object] = {"provider": provider_id} | ({} if wanted is None else {"codes": wanted})
    return frame_from(cursor, _LAST.replace("{which}", which), _SCHEMA, **values)
