"""The rules on files, as `rules list` prints them and docs/rules explains them: every case of every rule of a layout."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from testamur.kernel.verdict import Severity
from testamur.submissions.formats import FORMATS
from testamur.submissions.layouts import Check

WHOLE_FILES: Final = "whole files"
DOUBTS: Final = "duplicate and impossible records"

_BLANK_TO_FILL: Final = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True, slots=True)
class FileRule:
    """One case of one rule on files: `file` is the kind of file, WHOLE_FILES or DOUBTS; `column` is None for a whole file.

    `strict` and `tolerant` are its weight in each profile, None where the profile leaves it out. In `message` and `fix`
    an ellipsis stands where a finding names a row or a count.
    """

    file: str
    rule: str
    column: str | None
    strict: Severity | None
    tolerant: Severity | None
    message: str
    fix: str
    source: str

    @property
    def differs(self) -> bool:
        """Say whether the profiles weigh it differently."""
        return self.strict is not self.tolerant


def file_rules(file_format: str) -> list[FileRule]:
    """Return every case of every rule of a format: fields, rules across columns, whole files, doubtful records."""
    return [
        FileRule(
            file=file,
            rule=check.rule,
            column=check.column,
            strict=check.strict,
            tolerant=check.tolerant,
            message=_BLANK_TO_FILL.sub("…", check.message),
            fix=_BLANK_TO_FILL.sub("…", check.fix),
            source=check.source,
        )
        for file, check in _checks(file_format)
    ]


def _checks(file_format: str) -> Iterator[tuple[str, Check]]:
    """Yield every check of a format with the kind of file that it is about."""
    found = FORMATS[file_format].layout
    for kind, layout in found.files.items():
        for field in layout.fields:
            yield from ((kind, check) for check in field.checks)
        yield from ((kind, check) for check in layout.rules)
    yield from ((WHOLE_FILES, check) for check in found.bundle.values())
    yield from ((DOUBTS, check) for check in found.doubts.values())


def listed(file_format: str | None = None) -> list[Mapping[str, object]]:
    """Return the rules on files of one format, or of every format, as `rules list` prints them.

    `severity` is the strict profile's, or the tolerant one's for a case that the strict profile leaves out.
    """
    wanted = list(FORMATS) if file_format is None else [file_format]
    return [
        {
            "format": name,
            "file": rule.file,
            "rule": rule.rule,
            "severity": rule.strict or rule.tolerant,
            "column": rule.column,
            "message": rule.message,
            "fix": rule.fix,
            "source": rule.source,
            "profiles": {"strict": rule.strict, "tolerant": rule.tolerant},
        }
        for name in wanted
        for rule in file_rules(name)
    ]
