"""Read a dated copy of the national register, from a folder or a zip, into frames; every fault with file, row and column.

A file is CSV (UTF-8, header first) or, under the same name with the ending jsonl, one JSON object a line with the same keys.
One file at a time is read and judged.
"""

import csv
import hashlib
import json
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Final

import polars as pl

from testamur.kernel.verdict import Finding
from testamur.training.checking import check_cells, check_copy
from testamur.training.copies import FINDINGS_MOST, BadCopy, Copy, Facts, fault
from testamur.training.layout import FORMAT, SHEETS, SNAPSHOT, Sheet

_FILE_BYTES: Final = 1 << 30
_RATIO: Final = 200
_CHUNK: Final = 1 << 20


def read_copy(path: Path) -> Copy:
    """Return the copy in a folder or zip; raises BadCopy with everything that is wrong, FileNotFoundError without PATH."""
    if not path.exists():
        raise FileNotFoundError(path)
    with _opened(path) as folder:
        found = _files(folder)
        facts = _facts(folder / SNAPSHOT)
        findings: list[Finding] = []
        frames: dict[str, pl.DataFrame] = {}
        for name, sheet in SHEETS.items():
            raw = _raw(found[name], name, sheet, findings)
            if raw is not None:
                frames[name] = check_cells(raw, found[name].name, sheet, findings)
        if findings:
            raise BadCopy(findings[:FINDINGS_MOST])
        names = {name: found[name].name for name in SHEETS}
        if wrong := check_copy(frames, names):
            raise BadCopy(wrong[:FINDINGS_MOST])
        hashes = {path.name: _sha256(path) for path in [*found.values(), folder / SNAPSHOT]}
        return Copy(facts, frames, hashes)


# Folder or zip -------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[Path]:
    """Give the folder that holds snapshot.json: the path itself, or where a zip was unpacked."""
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory() as scratch:
        _unpack(path, Path(scratch))
        yield Path(scratch)


def _unpack(path: Path, target: Path) -> None:
    """Unpack the files of a copy that stand at the top of a zip, or in the one folder of it; others are refused."""
    wanted = {SNAPSHOT} | {f"{name}.{ending}" for name in SHEETS for ending in ("csv", "jsonl")}
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                parts = PurePosixPath(entry.filename).parts
                if entry.is_dir() or parts[0] == "__MACOSX":
                    continue
                name = parts[-1]
                if name not in wanted or len(parts) > 2 or (target / name).exists():
                    message = "The zip holds a file that is not part of a copy, or one twice."
                    raise BadCopy([fault(message, f"Send only {', '.join(sorted(wanted))}.", file=name[:80])])
                _unpack_one(archive, entry, target / name)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError) as problem:
        message = "This is neither a folder nor a zip that can be opened."
        raise BadCopy([fault(message, "Pack the files of the copy as a plain zip again.", file=path.name)]) from problem


def _unpack_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Unpack one file, never past what a file of a copy may weigh."""
    limit = min(_FILE_BYTES, max(entry.compress_size, 1 << 16) * _RATIO)
    written = 0
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BadCopy([fault("The zip holds a link.", "Pack the files themselves.", file=target.name)])
    with archive.open(entry) as source, target.open("wb") as out:
        while piece := source.read(_CHUNK):
            written += len(piece)
            if written > limit:
                message = "The file unpacks to more than a copy may hold."
                raise BadCopy([fault(message, "Check how the zip was made.", file=target.name)])
            out.write(piece)


def _files(folder: Path) -> dict[str, Path]:
    """Return the file of each sheet; raises BadCopy where one is missing or stands there in both forms."""
    found, findings = {}, []
    if not (folder / SNAPSHOT).is_file():
        findings.append(fault("The file is missing.", f"Add it: {_EXAMPLE}", file=SNAPSHOT))
    for name, sheet in SHEETS.items():
        there = [path for ending in ("csv", "jsonl") if (path := folder / f"{name}.{ending}").is_file()]
        if len(there) == 1:
            found[name] = there[0]
            continue
        message = "The file is there as CSV and as JSON lines." if there else "The file is missing."
        fix = "Keep one of them." if there else f"Add it, with a header and {sheet.says}; it may have no rows."
        findings.append(fault(message, fix, file=f"{name}.csv"))
    if findings:
        raise BadCopy(findings)
    return found


_EXAMPLE: Final = '{"format": "national-register/1", "taken_on": "2026-11-20", "source": "…", "synthetic": false}'


def _facts(path: Path) -> Facts:
    """Return what snapshot.json says; raises BadCopy."""
    try:
        said = json.loads(path.read_text("utf-8"))
    except (ValueError, UnicodeDecodeError) as problem:
        raise BadCopy([fault("The file is not JSON.", f"Write it as {_EXAMPLE}", file=SNAPSHOT)]) from problem
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        message = f"The file does not name the format {FORMAT}."
        raise BadCopy([fault(message, f"Write it as {_EXAMPLE}", file=SNAPSHOT, column="format")])
    source, synthetic = said.get("source"), said.get("synthetic", False)
    if not isinstance(source, str) or not source.strip() or len(source) > 240 or not isinstance(synthetic, bool):
        message = "The source is missing or too long, or synthetic is neither true nor false."
        raise BadCopy([fault(message, f"Write it as {_EXAMPLE}", file=SNAPSHOT, column="source")])
    try:
        taken_on = date.fromisoformat(str(said.get("taken_on")))
    except ValueError as problem:
        message = "The day on which the copy was taken is not a day."
        raise BadCopy([fault(message, "Write it as YYYY-MM-DD.", file=SNAPSHOT, column="taken_on")]) from problem
    return Facts(taken_on, source.strip(), synthetic)


# One file to cells ---------------------------------------------------------------------------------------------------


def _raw(path: Path, name: str, sheet: Sheet, findings: list[Finding]) -> pl.DataFrame | None:
    """Return a file's cells as text with the column `row`; None, and a finding, where it cannot be read."""
    reader = _csv if path.suffix == ".csv" else _json_lines
    try:
        frame = reader(path, sheet)
    except BadCopy as problem:
        findings.extend(problem.findings)
        return None
    stripped = (pl.col(column).str.strip_chars().replace("", None) for column in sheet.columns)
    return frame.with_columns(stripped)


def _csv(path: Path, sheet: Sheet) -> pl.DataFrame:
    """Read CSV; rows are counted as a spreadsheet counts them."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            header = [cell.strip() for cell in next(csv.reader(lines), [])]
        _check_header(header, path.name, sheet)
        frame = pl.read_csv(path, infer_schema=False, new_columns=header)
    except UnicodeDecodeError as problem:
        message = "The file is not written in UTF-8."
        raise BadCopy([fault(message, "Save it as CSV in UTF-8.", file=path.name)]) from problem
    except pl.exceptions.PolarsError as problem:
        raise BadCopy([_ragged(path, len(header))]) from problem
    return frame.with_row_index("row", offset=2).cast({"row": pl.Int64})


def _check_header(header: list[str], file: str, sheet: Sheet) -> None:
    """Raise BadCopy where columns are missing, unknown or there twice."""
    wrong = [
        fault("The column is missing.", "Add it to the header.", file=file, row=1, column=column)
        for column in sheet.columns
        if column not in header
    ]
    wrong += [
        fault("This column is unknown, or stands there twice.", "Remove it.", file=file, row=1, column=column[:40])
        for place, column in enumerate(header)
        if column not in sheet.columns or column in header[:place]
    ]
    if wrong:
        raise BadCopy(wrong)


def _ragged(path: Path, width: int) -> Finding:
    """Say in which row the number of cells differs from the header's, or that a quotation mark is open."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row, cells in enumerate(csv.reader(lines, strict=True), 1):
                if cells and len(cells) != width:
                    message = f"The row has {len(cells)} cells; the header has {width}."
                    return fault(message, "Put text that holds a comma into quotation marks.", file=path.name, row=row)
    except (csv.Error, UnicodeDecodeError):
        pass
    message = "The file cannot be read as CSV: a quotation mark is open, or it is not UTF-8."
    return fault(message, "Save it as CSV in UTF-8 again.", file=path.name)


def _json_lines(path: Path, sheet: Sheet) -> pl.DataFrame:
    """Read JSON lines; a row is a line."""
    columns: dict[str, list[str | None]] = {column: [] for column in sheet.columns}
    numbers: list[int] = []
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for row, line in enumerate(lines, 1):
                if line.strip():
                    numbers.append(row)
                    for column, value in _cells(line, path.name, row, sheet).items():
                        columns[column].append(value)
    except UnicodeDecodeError as problem:
        raise BadCopy([fault("The file is not written in UTF-8.", "Write UTF-8.", file=path.name)]) from problem
    schema: dict[str, Any] = {"row": pl.Int64, **dict.fromkeys(sheet.columns, pl.String)}
    return pl.DataFrame({"row": numbers, **columns}, schema=schema)


def _cells(line: str, file: str, row: int, sheet: Sheet) -> dict[str, str | None]:
    """Return the cells of a line; lists are written with semicolons, true and false as Y and N."""
    try:
        said = json.loads(line)
    except ValueError as problem:
        raise BadCopy([fault("The line is not JSON.", "Write one object a line.", file=file, row=row)]) from problem
    if not isinstance(said, dict):
        raise BadCopy([fault("The line holds no object.", "Write one object a line.", file=file, row=row)])
    if unknown := sorted(set(said) - set(sheet.columns)):
        raise BadCopy([fault("This key is unknown.", "Remove it.", file=file, row=row, column=unknown[0][:40])])
    return {column: _as_text(said.get(column)) for column in sheet.columns}


def _as_text(value: object) -> str | None:
    """Return a JSON value as the CSV would write it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, list):
        return "; ".join(str(item) for item in value)
    return str(value)


def _sha256(path: Path) -> str:
    """Return the hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
