"""Write the typed frames of lines without an error; typed.py says which columns."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from testamur.submissions.avetmiss import typed
from testamur.submissions.avetmiss.crossing import CLIENT
from testamur.submissions.avetmiss.sheet import NatSheet
from testamur.submissions.findings import Findings
from testamur.submissions.sheets import HELD_STUDENTS


def write_frames(
    sheets: Mapping[str, NatSheet], findings: Findings, titles: typed.Titles, parts: Path, keep: Path
) -> None:
    """Write records.parquet, results.parquet and certificates.parquet, and the codes of students whose line has an error."""
    _write_records(sheets, findings, keep)
    completions = _good("NAT00130", sheets, findings)
    courses = parts / "NAT00130.arrow"
    typed.completion_results(completions, titles).write_ipc(courses)
    activities = sheets.get("NAT00120")
    frames = [pl.scan_ipc(courses)]
    if activities is not None and activities.parts:
        rows = pl.scan_ipc(activities.parts)
        wrong = findings.error_rows(activities.name)
        if not wrong.is_empty():
            rows = rows.filter(~pl.col("line").is_in(wrong.implode()))
        frames.insert(0, rows)
    results = keep / "results.parquet"
    pl.concat(frames).sink_parquet(results, compression="lz4", statistics=False)
    held = typed.certificates(completions, titles, results)
    held.write_parquet(keep / "certificates.parquet", compression="lz4", statistics=False)


def _write_records(sheets: Mapping[str, NatSheet], findings: Findings, keep: Path) -> None:
    """Write the students, and the codes of those whose line has an error."""
    records = typed.student_records(_good("NAT00080", sheets, findings), _good("NAT00085", sheets, findings))
    records.write_parquet(keep / "records.parquet", compression="lz4", statistics=False)
    clients = sheets.get("NAT00080")
    if clients is None or clients.cells is None:
        return
    wrong = findings.error_rows(clients.name)
    codes = clients.cells.filter(pl.col("row").is_in(wrong.implode()) & (pl.col(CLIENT) != ""))[CLIENT].unique().sort()
    if not codes.is_empty():
        pl.DataFrame({"student_code": codes}).write_parquet(keep / HELD_STUDENTS)


def _good(kind: str, sheets: Mapping[str, NatSheet], findings: Findings) -> pl.DataFrame:
    """Return the cells of a file's lines without an error; none where the file is not there."""
    sheet = sheets.get(kind)
    if sheet is None or sheet.kept is None:
        return pl.DataFrame(schema={"row": pl.UInt32} | dict.fromkeys(typed.KEPT[kind], pl.String))
    return findings.without_error_rows(sheet.kept, sheet.name)
