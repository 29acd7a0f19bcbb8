"""Gather findings compactly while files are read, and write them out as one sorted frame at the end.

A row's finding is a code, a row, a value and perhaps the number of another row: a file of a million faults stays small.
Words are joined to it last, from the layout.
"""

import threading
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from testamur.kernel.verdict import Severity
from testamur.submissions.layouts import Check, Format, Profile

FINDING_SCHEMA = {
    "rule": pl.String,
    "severity": pl.String,
    "file": pl.String,
    "row": pl.Int64,
    "column": pl.String,
    "message": pl.String,
    "source": pl.String,
    "fix": pl.String,
    "value": pl.String,
}
_COMPACT = {"code": pl.UInt16, "row": pl.UInt32, "value": pl.String, "detail": pl.UInt32}


@dataclass
class Findings:
    """The findings of one check. `codes` is the list of all cases of the format, which codes count in."""

    format: Format
    profile: Profile
    codes: list[Check] = field(init=False)
    _rows: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    _whole: list[dict[str, Any]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.codes = list(self.format.checks())

    def add_file(
        self, kind: str, file: str, *, row: int | None = None, column: str | None = None, **words: Any
    ) -> None:
        """Add a finding of a case of bundle.toml about a file, or about one of its rows."""
        check = self.format.bundle[kind]
        severity = check.severity(self.profile)
        if severity is None:
            return
        finding = {
            "rule": check.rule,
            "severity": severity.value,
            "file": file,
            "row": row,
            "column": column,
            "message": check.message.format(**words),
            "source": check.source,
            "fix": check.fix.format(**words),
            "value": None,
        }
        with self._lock:
            self._whole.append(finding)

    def add_coded(self, file: str, found: pl.DataFrame) -> None:
        """Add findings that carry their codes: code, row, value and perhaps detail."""
        if found.is_empty():
            return
        if "detail" not in found.columns:
            found = found.with_columns(pl.lit(None, pl.UInt32).alias("detail"))
        with self._lock:
            self._rows.setdefault(file, []).append(
                found.select(pl.col(name).cast(kind) for name, kind in _COMPACT.items())
            )

    def add_rows(self, check: Check, file: str, rows: pl.DataFrame) -> None:
        """Add one finding of a case for each row of a frame with `row` and perhaps `value` and `detail`."""
        if check.severity(self.profile) is None or rows.is_empty():
            return
        if "value" not in rows.columns:
            rows = rows.with_columns(pl.lit(None, pl.String).alias("value"))
        self.add_coded(file, rows.with_columns(pl.lit(self.codes.index(check), pl.UInt16).alias("code")))

    def error_rows(self, file: str) -> pl.Series:
        """Return the rows of a file that hold an error, each once."""
        errors = [code for code, check in enumerate(self.codes) if check.severity(self.profile) is Severity.ERROR]
        parts = [part.filter(pl.col("code").is_in(errors))["row"] for part in self._rows.get(file, [])]
        return pl.concat(parts).unique() if parts else pl.Series("row", [], pl.UInt32)

    def without_error_rows(self, rows: pl.DataFrame, file: str) -> pl.DataFrame:
        """Return a frame of rows without those that hold an error in a file."""
        wrong = self.error_rows(file)
        return rows if wrong.is_empty() else rows.filter(~pl.col("row").is_in(wrong.implode()))

    def frame(self) -> pl.DataFrame:
        """Return every finding with its words, sorted by file, row, column and rule; whole-file findings first."""
        words = self._words()
        parts = [pl.DataFrame(self._whole, schema=FINDING_SCHEMA, orient="row")]
        for file, found in self._rows.items():
            rows = (
                pl.concat(found)
                .join(words, on="code", how="left")
                .with_columns(
                    pl.lit(file).alias("file"),
                    pl.col("row").cast(pl.Int64),
                    pl.when(pl.col("detail").is_null())
                    .then(pl.col("message"))
                    .otherwise(
                        pl.col("message").str.replace("{detail}", pl.col("detail").cast(pl.String), literal=True)
                    ),
                )
            )
            parts.append(rows.select(list(FINDING_SCHEMA)))
        return pl.concat(parts).sort("file", "row", "column", "rule", nulls_last=False, maintain_order=True)

    def _words(self) -> pl.DataFrame:
        """Return the words of every code."""
        rows = [
            (
                code,
                check.rule,
                str(check.severity(self.profile) or ""),
                check.column,
                check.message,
                check.source,
                check.fix,
            )
            for code, check in enumerate(self.codes)
        ]
        names = ("code", "rule", "severity", "column", "message", "source", "fix")
        return pl.DataFrame(
            rows, schema={name: pl.String if name != "code" else pl.UInt16 for name in names}, orient="row"
        )
