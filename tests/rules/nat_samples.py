"""Sets of NAT files for tests: a clean set from the generator, cells of it changed, and what a check of it finds."""

from datetime import date
from pathlib import Path

from testamur.service.synthetic.avetmiss import RTO, write_bundle
from testamur.submissions.avetmiss.checking import NatOutcome, check
from testamur.submissions.avetmiss.layout import load_avetmiss
from testamur.submissions.bundles import open_bundle

ON = date(2025, 6, 1)
Place = tuple[str, str, int | None, str | None, str]


def clean(folder: Path, *, state: str | None = None, organisation: str = RTO) -> Path:
    """Write a clean set of 14 clients with 12 activities each."""
    write_bundle(folder, students=14, activities_per_student=12, seed=3, state=state, organisation=organisation)
    return folder


def edit(folder: Path, kind: str, row: int, field: str, value: str) -> None:
    """Write a value into a field of a line (a line grows where the field lies behind its end)."""
    path = folder / f"{kind}.txt"
    lines = path.read_bytes().decode("latin-1").split("\r\n")
    place = load_avetmiss().files[kind].place(field)
    line = lines[row - 1].ljust(place.end)
    lines[row - 1] = line[: place.start - 1] + value.ljust(place.length) + line[place.end :]
    path.write_bytes("\r\n".join(lines).encode("latin-1"))


def add_line(folder: Path, kind: str, source: int) -> int:
    """Repeat a line at the end of its file and return the number of the new line."""
    path = folder / f"{kind}.txt"
    lines = path.read_bytes().split(b"\r\n")[:-1]
    path.write_bytes(b"\r\n".join([*lines, lines[source - 1]]) + b"\r\n")
    return len(lines) + 1


def drop_line(folder: Path, kind: str, row: int) -> None:
    """Take a line out of a file."""
    path = folder / f"{kind}.txt"
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join(lines[: row - 1] + lines[row:]))


def checked(path: Path, **options: object) -> NatOutcome:
    """Check a folder, a file or a zip."""
    with open_bundle([path]) as bundle:
        return check(bundle, profile="strict", on=ON, **options)  # type: ignore[arg-type]


def places(outcome: NatOutcome) -> set[Place]:
    """Return where the findings stand: rule, file, row, column, severity."""
    return {(found.rule, found.file or "", found.row, found.column, str(found.severity)) for found in outcome}


def vic_in_disguise(folder: Path, *, organisation: str = RTO) -> Path:
    """Write a clean set whose NAT00120 is in Victoria's form, though a code unknown to the layout keeps it from being told."""
    path = clean(folder, organisation=organisation) / "NAT00120.txt"
    tail = load_avetmiss().files["NAT00120"].tails["VIC"]
    unknown = next(place.start for place in tail.places if place.name == "vet_fee_help_indicator")
    lines = path.read_bytes().split(b"\r\n")[:-1]
    longer = [line.ljust(unknown - 1) + b"Z" + b" " * (tail.lengths[-1] - unknown) for line in lines]
    path.write_bytes(b"\r\n".join(longer) + b"\r\n")
    return folder


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return the files of a set by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
