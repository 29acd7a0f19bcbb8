"""Gather findings compactly while files are read, and write them out as one sorted frame at the end.

A row's finding is a code, a row, a value and perhaps the number of another row: a file of a million faults stays small.
Words are joined to it last, from the layout.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
_COMPACT = {"file": pl.UInt32, "code": pl.UInt32, "row": pl.UInt32, "value": pl.String, "detail": pl.UInt32}


@dataclass(frozen=True, slots=True)
class _Words:
    """What a finding says, apart from its place: shared by all findings of one code."""

    rule: str
    severity: Severity | None
    column: str | None
    message: str
    source: str
    fix: str

    @classmethod
    def of(cls, check: Check, profile: Profile) -> "_Words":
        """Return the words of a case as the layout writes them."""
        return cls(check.rule, check.severity(profile), check.column, check.message, check.source, check.fix)


class Findings:
    """The findings of one check; codes count in `codes`, the list of all cases of the format."""

    def __init__(self, form: Format, profile: Profile) -> None:
        self.format = form
        self.profile = profile
        self.codes: list[Check] = list(form.checks())
        self._words = [_Words.of(check, profile) for check in self.codes]
        self._files: dict[str, list[pl.DataFrame]] = {}
        self._single: list[tuple[str, int, int | None]] = []

    def add_file(
        self, kind: str, file: str, *, row: int | None = None, column: str | None = None, **words: Any
    ) -> None:
        """Add a finding of a case of bundle.toml about a file, or about one of its rows."""
        check = self.format.bundle[kind]
        if check.severity(self.profile) is None:
            return
        code = self.codes.index(check)
        if words or column:
            plain = self._words[code]
            said = replace(plain, column=column, message=plain.message.format(**words), fix=plain.fix.format(**words))
            code = len(self._words)
            self._words.append(said)
        self._single.append((file, code, row))

    def add_coded(self, file: str, found: pl.DataFrame) -> None:
        """Add findings that carry their codes: code, row, value and perhaps detail."""
        if found.is_empty():
            return
        if "detail" not in found.columns:
            found = found.with_columns(pl.lit(None, pl.UInt32).alias("detail"))
        kept = [pl.col(name).cast(kind) for name, kind in _COMPACT.items() if name != "file"]
        self._files.setdefault(file, []).append(found.select(kept))

    def add_rows(self, check: Check, file: str, rows: pl.DataFrame) -> None:
        """Add one finding of a case for each row of a frame with `row` and perhaps `value` and `detail`."""
        if check.severity(self.profile) is None or rows.is_empty():
            return
        if "value" not in rows.columns:
            rows = rows.with_columns(pl.lit(None, pl.String).alias("value"))
        self.add_coded(file, rows.with_columns(pl.lit(self.codes.index(check), pl.UInt32).alias("code")))

    def error_rows(self, file: str) -> pl.Series:
        """Return the rows of a file that hold an error, each once."""
        errors = [code for code, check in enumerate(self.codes) if check.severity(self.profile) is Severity.ERROR]
        parts = [part.filter(pl.col("code").is_in(errors))["row"] for part in self._files.get(file, [])]
        return pl.concat(parts).unique() if parts else pl.Series("row", [], pl.UInt32)

    def without_error_rows(self, rows: pl.DataFrame, file: str) -> pl.DataFrame:
        """Return a frame of rows without those that hold an error in a file."""
        wrong = self.error_rows(file)
        return rows if wrong.is_empty() else rows.filter(~pl.col("row").is_in(wrong.implode()))

    def frame(self) -> pl.DataFrame:
        """Return every finding with its words, sorted by file, row, column and rule; whole-file findings first.

        Sorted while it is narrow, so that a file of nothing but faults stays within memory.
        """
        names = sorted({*self._files, *(file for file, _, _ in self._single)})
        numbers = {name: number for number, name in enumerate(names)}
        order = {said: place for place, said in enumerate(sorted(range(len(self._words)), key=self._place))}
        found = pl.concat([self._singles(numbers), *self._compact(numbers)])
        codes = found["code"].to_physical()
        ranks = pl.Series([order[code] for code in range(len(self._words))], dtype=pl.UInt32)
        found = found.with_columns(ranks.gather(codes).alias("order")).sort("file", "row", "order", maintain_order=True)
        return self._wide(found.drop("order"), pl.Series(names, dtype=pl.String))

    def _place(self, code: int) -> tuple[str, str]:
        """Return what findings of one row are sorted by: column, none first, and rule."""
        return self._words[code].column or "", self._words[code].rule

    def _singles(self, numbers: dict[str, int]) -> pl.DataFrame:
        """Return the findings that were added one by one."""
        rows = [(numbers[file], code, row, None, None) for file, code, row in self._single]
        return pl.DataFrame(rows, schema=_COMPACT, orient="row")

    def _compact(self, numbers: dict[str, int]) -> Iterator[pl.DataFrame]:
        """Return the findings that were added in frames, and let go of them."""
        for file in list(self._files):
            number = pl.lit(numbers[file], pl.UInt32).alias("file")
            yield pl.concat(self._files[file]).select(number, *list(_COMPACT)[1:])

    def _wide(self, found: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
        """Return sorted findings with their words."""
        said: dict[str, list[str | None]] = {
            "rule": [words.rule for words in self._words],
            "severity": [str(words.severity or "") for words in self._words],
            "column": [words.column for words in self._words],
            "message": [words.message for words in self._words],
            "source": [words.source for words in self._words],
            "fix": [words.fix for words in self._words],
        }
        columns = {name: pl.Series(values, dtype=pl.String).gather(found["code"]) for name, values in said.items()}
        columns |= {"file": names.gather(found["file"]), "row": found["row"].cast(pl.Int64), "value": found["value"]}
        wide = pl.DataFrame({name: columns[name] for name in FINDING_SCHEMA})
        if found["detail"].null_count() == found.height:
            return wide
        detail = pl.lit(found["detail"].cast(pl.String))
        with_detail = pl.col("message").str.replace("{detail}", detail, literal=True)
        return wide.with_columns(pl.when(detail.is_not_null()).then(with_detail).otherwise("message").alias("message"))
