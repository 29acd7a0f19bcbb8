"""Which exports there are: one a format, and ASQA-style student data; what each writes, and what it cannot hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from testamur.submissions.exporting.nat import NOT_HELD, NatWriter
from testamur.submissions.exporting.packing import Organisation, Writer
from testamur.submissions.exporting.teqsa import TeqsaWriter
from testamur.submissions.exporting.vocational import AsqaWriter, CqrWriter, RegisterWriter
from testamur.submissions.formats import FORMATS

ASQA: Final = "asqa"
_NO_USI: Final = "Unique Student Identifiers: they are never written to a file (USI-02, USI-05)."
_LATEST: Final = "Names, date of birth and contact details are those that you lodged last, in whichever format."


@dataclass(frozen=True, slots=True)
class ExportKind:
    """One export: its name in addresses and commands, its title, the formats whose records it holds, and its files.

    `missing` says, sentence by sentence, what the register cannot put into it. A writer may keep files in the folder that it
    is given, which is this export's only.
    """

    name: str
    title: str
    formats: frozenset[str]
    files: str
    writer: Callable[[Organisation, Path], Writer]
    missing: tuple[str, ...] = ()

    def about(self, organisation: Organisation, students: int) -> str:
        """Return what stands in the archive about the archive."""
        said = (
            f"{self.title} of {organisation.name} ({organisation.code}), as the register held it on {organisation.on}.",
            f"{students:,} student{'s' if students != 1 else ''}. {_LATEST}",
            f"Files: {self.files}",
            "Not in it:",
            *(f"- {sentence}" for sentence in self.missing),
            "This is personal information. Keep it as safely as your own records; every export is noted for each student.",
        )
        return "\r\n".join(said) + "\r\n"


def _of_format(name: str, files: str, writer: Callable[[Organisation, Path], Writer], *missing: str) -> ExportKind:
    """Return the export of what was lodged in one format."""
    return ExportKind(name, FORMATS[name].title, frozenset({name}), files, writer, (*missing, _NO_USI))


_ALL: Final = (
    _of_format(
        "teqsa",
        "studentrecords v1.csv, studentresults v1.csv.",
        lambda organisation, folder: TeqsaWriter(folder),
        "PDFs: download each from its student's page.",
    ),
    _of_format(
        "avetmiss8",
        "the NAT files with what the register holds, and a list of what was cut to the width of its field.",
        NatWriter,
        *(f"{kind}: {what}." for kind, what in NOT_HELD.items() if kind != "NAT00130"),
        "Lines of NAT00120 and NAT00080 have to be completed by your student system before they can be lodged again.",
    ),
    _of_format(
        "cqr2",
        "cqr.txt.",
        lambda organisation, folder: CqrWriter(),
        "TRS numbers: the register keeps the number under which the student is known, yours where you gave one.",
    ),
    _of_format(
        "certificates",
        "certificates.csv, and the same rows as certificates.xlsx.",
        lambda organisation, folder: RegisterWriter(folder),
        "TRS numbers: the register does not keep them.",
    ),
    ExportKind(
        ASQA,
        "ASQA-style student data",
        frozenset(name for name, form in FORMATS.items() if form.sector == "vet"),
        "one CSV file with a row for each unit, and a list of what was cut to the width of its column.",
        AsqaWriter,
        (
            "Whether training was given at school, its national funding source, the state that administered it: not held.",
            _NO_USI,
        ),
    ),
)
EXPORTS: Final[Mapping[str, ExportKind]] = {kind.name: kind for kind in _ALL}
