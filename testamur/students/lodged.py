"""What a provider said last about who its students are, to find two sexes or birth dates under one student number (D04)."""

from typing import Any

import polars as pl

from testamur.kernel.copying import frame_from

_FEW = 5_000
_SCHEMA = {"student_code": pl.String, "gender": pl.String, "birth_earliest": pl.Date, "birth_latest": pl.Date}
# Every version, and the last of each student is taken here: PostgreSQL would sort all of them.
_SAID = """
SELECT s.local_id, nullif(p.gender, ''), CASE WHEN NOT p.birth_placeholder THEN p.birth_earliest END,
       CASE WHEN NOT p.birth_placeholder THEN p.birth_latest END, p.seq
FROM students_student s JOIN students_particulars p ON p.student_id = s.id
WHERE s.provider_id = {provider} AND p.provider_id = {provider} {which}
"""


def last_particulars(cursor: Any, provider_id: int, codes: pl.Series) -> pl.DataFrame:
    """Return student_code, gender, birth_earliest and birth_latest of those of a provider's students who are held.

    `codes` are student numbers in capitals. What is not known, or a placeholder, is null. Needs the provider's scope.
    """
    wanted = codes.to_list() if len(codes) <= _FEW else None
    which = "AND s.local_id = ANY ({codes})" if wanted is not None else ""
    values: dict[str, object] = {"provider": provider_id} | ({} if wanted is None else {"codes": wanted})
    said = frame_from(cursor, _SAID.replace("{which}", which), {**_SCHEMA, "seq": pl.Int32}, **values)
    if said["student_code"].is_duplicated().any():
        said = said.sort("seq").unique("student_code", keep="last", maintain_order=True)
    return said.drop("seq")
