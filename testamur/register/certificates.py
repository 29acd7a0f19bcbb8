"""One certificate as a bundle: what a provider issues here goes into the record by the same way as what it lodges."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

import polars as pl

from testamur.register.bulk import Bundle
from testamur.register.rows import Part

FORMAT = "issued"
_PART = "register of issued documents"
_DOCUMENTS = {"local_id": pl.String, "document": pl.String, "n": pl.Int64, "sha256": pl.String, "size": pl.Int64}
_UNIT = pl.Struct({"code": pl.String, "title": pl.String})
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "line": pl.Int64, "student_code": pl.String, "certificate_type": pl.String, "number": pl.String,
    "course_code": pl.String, "course_name": pl.String, "issued_date": pl.Date, "language": pl.String,
    "units": pl.List(_UNIT), "withdrawn": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate that was issued, or holds no more: whose (the provider's own number of the student), what, when.

    `type` is Q for a testamur, S for a statement of attainment, R for a record of results; `number` is the document's public
    number as printed, `sha256` that of its file. `act` names what was done, once for ever.
    """

    provider_id: int
    local_id: str
    type: str
    number: str
    course_code: str
    course_title: str
    issued_on: date
    units: tuple[tuple[str, str], ...]
    sha256: str
    act: UUID
    withdrawn: bool = False


def bundle_of(
    one: IssuedCertificate, *, asserted_by: UUID, declared_by: UUID, rule_version: str, folder: Path
) -> Bundle:
    """Return the bundle of one certificate, its frame written into a folder of the caller's."""
    row = {
        "line": 1, "student_code": one.local_id, "certificate_type": one.type, "number": one.number,
        "course_code": one.course_code, "course_name": one.course_title, "issued_date": one.issued_on, "language": None,
        "units": [{"code": code, "title": title} for code, title in one.units], "withdrawn": one.withdrawn,
    }  # fmt: skip
    path = folder / "certificate.parquet"
    pl.DataFrame([row], schema=_SCHEMA, orient="row").write_parquet(path)
    return Bundle(
        provider_id=one.provider_id,
        submission=one.act,
        format=FORMAT,
        rule_version=rule_version,
        parts=(Part(_PART, "certificates", path, one.sha256),),
        documents=pl.DataFrame(schema=_DOCUMENTS),
        asserted_by=asserted_by,
        declared_by=declared_by,
    )
