"""The file formats that a provider may lodge, and what sets each apart; everything else about a submission is the same.

A format brings its check (files in, findings and frames of one shape out), its layouts, and says which kinds of its files
become which rows of the record. Pages, commands, sealing and downloads ask here and never by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from testamur.submissions.avetmiss import checking as avetmiss
from testamur.submissions.avetmiss.layout import STATES, YEARS, load_avetmiss
from testamur.submissions.certificates import checking as certificates
from testamur.submissions.certificates.workbook import template as certificate_workbook
from testamur.submissions.checking import CheckOutcome, check_bundle
from testamur.submissions.cqr import checking as cqr
from testamur.submissions.layouts import Format, load_format
from testamur.submissions.naming import RECORDS, RESULTS

Sector = Literal["he", "vet"]
Holds = Literal["students", "results", "certificates"]
FRAMES: Mapping[Holds, str] = {
    "students": "records.parquet",
    "results": "results.parquet",
    "certificates": "certificates.parquet",
}


# `check_bundle` says what the arguments of a check mean, which are the same for every format.
Check = Callable[..., CheckOutcome]


@dataclass(frozen=True, slots=True)
class Gives:
    """Which rows of the record a kind of file gives; `level` where it gives one level of the results only.

    `part` is what this part of a submission is called, kept with every version as where it came from: the kind of file, with
    what it holds besides where one file gives several.
    """

    kind: str
    holds: Holds
    level: str | None = None
    besides: bool = False

    @property
    def part(self) -> str:
        """Return the name of this part."""
        return f"{self.kind} {self.holds}" if self.besides else self.kind


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One format: its name in commands and tables, its title, whose sector it is for, and how its files are handled.

    `looks_for` says which files it wants, for the answer that there is none, and `wants` says it to whoever chooses a format.
    `versioned` formats send failed rows again as a higher `v<n>`. `head` counts the lines before the first row of data.
    `cells` says how a column is added to a file that goes back to its provider: as one more cell of CSV, or behind a tab at
    the end of the line. `whole_only` formats have rows that mean nothing without the files beside them, so that a few rows are
    never sent alone. `template` makes a workbook to fill in, where the format has one. `states` are those in whose form the files
    may be written and `years` the collection years that they may have; whoever lodges may choose both. Mostly there are none.
    """

    name: str
    title: str
    sector: Sector
    looks_for: str
    wants: str
    check: Check
    layout: Format
    gives: tuple[Gives, ...]
    versioned: bool = False
    head: int = 1
    cells: Literal["csv", "line"] = "csv"
    whole_only: bool = False
    template: Callable[[], bytes] | None = None
    states: tuple[str, ...] = ()
    years: range = range(0)

    @property
    def has_template(self) -> bool:
        """Say whether there is a workbook to fill in; pages ask this, since a page would make one by naming `template`."""
        return self.template is not None

    @property
    def none_here(self) -> str:
        """Return the answer to files among which there is none of this format."""
        return f"There is no file of this format here: {self.looks_for}."


_ALL = (
    FileFormat(
        name="teqsa",
        title="TEQSA student files",
        sector="he",
        looks_for="studentrecords v1.csv, studentresults v1.csv or a PDF",
        wants="Two CSV files, studentrecords v1.csv and studentresults v1.csv, and PDFs such as S1001-testamurs.pdf.",
        check=check_bundle,
        layout=load_format("teqsa"),
        gives=(Gives(RECORDS, "students"), Gives(RESULTS, "results")),
        versioned=True,
    ),
    FileFormat(
        name="avetmiss8",
        title="AVETMISS VET Provider Collection, release 8.0",
        sector="vet",
        looks_for="NAT00010, NAT00080, NAT00120 and the other NAT files of release 8.0",
        wants="The NAT files that a student system makes for AVETMISS 8.0, from NAT00010 to NAT00130.",
        check=avetmiss.check,
        layout=load_avetmiss().format,
        gives=(
            Gives("NAT00080", "students"),
            Gives("NAT00120", "results", "unit"),
            Gives("NAT00130", "results", "course"),
            Gives("NAT00130", "certificates", besides=True),
        ),
        head=0,
        cells="line",
        whole_only=True,
        states=STATES,
        years=YEARS,
    ),
    FileFormat(
        name="cqr2",
        title="CQR data file 2.00",
        sector="vet",
        looks_for="a text file whose first line is [VERSION200]",
        wants="One text file whose first line is [VERSION200], as student systems wrote it for the WA register.",
        check=cqr.check,
        layout=load_format("cqr2"),
        gives=(
            Gives("cqr", "students"),
            Gives("cqr", "results", besides=True),
            Gives("cqr", "certificates", besides=True),
        ),
        cells="line",
    ),
    FileFormat(
        name="certificates",
        title="Certificate register",
        sector="vet",
        looks_for="a CSV file or a workbook in the register's own layout",
        wants="One CSV file or Excel workbook, a row for each unit of each certificate. There is a template for it.",
        check=certificates.check,
        layout=load_format("certificates"),
        gives=(
            Gives("certificates", "students"),
            Gives("certificates", "results", besides=True),
            Gives("certificates", "certificates", besides=True),
        ),
        template=certificate_workbook,
    ),
)
FORMATS: Mapping[str, FileFormat] = {form.name: form for form in _ALL}


def formats_for(sectors: frozenset[str]) -> list[FileFormat]:
    """Return the formats that a provider of some sectors may lodge, in their order."""
    return [form for form in _ALL if form.sector in sectors]
