"""Gather the findings of a file of certificates: words from the layout, places from the reader, dates meant from the cell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

from testamur.kernel.verdict import Severity
from testamur.submissions.bundles import Bundle, BundleFile
from testamur.submissions.checking import CheckedFile, CheckOutcome
from testamur.submissions.findings import FINDING_SCHEMA
from testamur.submissions.layouts import Check, Format, Profile

MAX_VALUE = 200
_Row = tuple[str, str, str, int | None, str | None, str, str, str, str | None]


def filled_in(text: str, words: dict[str, object]) -> str:
    """Return a sentence of a layout with its blanks filled in."""
    for name, value in words.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


@dataclass
class Gathered:
    """The findings of one check, and which rows hold an error; `wrong` counts per file."""

    format: Format
    profile: Profile
    rows: list[_Row] = field(default_factory=list)
    wrong: dict[str, set[int]] = field(default_factory=dict)

    def add(
        self,
        check: Check,
        file: str,
        row: int | None,
        *,
        column: str | None = None,
        value: str | None = None,
        **words: object,
    ) -> None:
        """Add one finding of a case; `column` where it is not the layout's, `words` fill the blanks of its sentences."""
        severity = check.severity(self.profile)
        if severity is None:
            return
        message, fix = filled_in(check.message, words), filled_in(check.fix, words)
        said = value[:MAX_VALUE] if value else value
        self.rows.append(
            (check.rule, severity.value, file, row, column or check.column, message, check.source, fix, said)
        )
        if severity is Severity.ERROR and row is not None:
            self.wrong.setdefault(file, set()).add(row)

    def add_file(
        self, kind: str, file: str, *, row: int | None = None, column: str | None = None, **words: object
    ) -> None:
        """Add a finding of a case of bundle.toml about a file, or about one of its rows."""
        self.add(self.format.bundle[kind], file, row, column=column, value=None, **words)

    def wrong_rows(self, file: str) -> set[int]:
        """Return the rows of a file that hold an error."""
        return self.wrong.get(file, set())

    def frame(self) -> pl.DataFrame:
        """Return the findings sorted by file, row, column and rule; those about a whole file or row come first."""
        found = pl.DataFrame(self.rows, schema=FINDING_SCHEMA, orient="row")
        return found.sort(["file", "row", "column", "rule"], nulls_last=False, maintain_order=True)

    def counts(self) -> dict[str, int]:
        """Return how many errors, warnings and infos there are."""
        counts = dict.fromkeys((severity.value for severity in Severity), 0)
        for row in self.rows:
            counts[row[1]] += 1
        return counts

    def answer(
        self, bundle: Bundle, mine: Sequence[BundleFile], read: Callable[[BundleFile], CheckedFile]
    ) -> CheckOutcome:
        """Put the answer about a bundle together, in which one file of the format is looked for.

        `mine` are the files that claim to be it, `read` checks one file or names it; the rest is left aside and said so.
        """
        refused = {problem.file for problem in bundle.problems}
        for problem in bundle.problems:
            self.add_file(problem.kind, problem.file)
        files = []
        for file in bundle.files:
            if file not in mine and file.name not in refused:
                self.add_file("stray", file.name)
            files.append(read(file))
        return CheckOutcome(
            self.format.name,
            self.profile,
            tuple(sorted(files, key=lambda file: file.name)),
            self.counts(),
            self.frame(),
            bool(mine or refused.intersection(file.name for file in bundle.files)),
        )
