"""What a file is by its name: a records or results file of some version, a PDF of a student, or none of ours.

TEQSA file naming convention, and rules TEQ-F1 and TEQ-F2: student codes contain hyphens, so PDF names are parsed from
the right.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from testamur.submissions.bundles import BundleFile

RECORDS, RESULTS = "studentrecords", "studentresults"
_BULK = re.compile(r"(studentrecords|studentresults) v([1-9][0-9]{0,5})\.csv")
# A table that names records or results of students is meant as a bulk file, whatever else its name says; left aside as a
# stray file it would be missing without an error.
_LOOSE = re.compile(
    r".*?(?:students?[\W_]*|^)(record|result)s?(?:[\W_]*v?[\W_]*([0-9]{1,6}))?(?:\W*|[\W_].*)\.(?:csv|tsv|xlsx?|ods)"
    r"|students?[\W_]*(record|result)s?(?:[\W_]*v?[\W_]*([0-9]{1,6}))?\W*(?:\.csv)?(?:\.txt)?",
    re.I,
)
_PDF = re.compile(r"(.+)-(academic transcripts|testamurs|ahegs)(?: ([1-9][0-9]{0,3}))?\.pdf", re.I)
_CODE = re.compile(r"[A-Z0-9-]{1,10}")
_SYSTEM_FILES = {".ds_store", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Named:
    """A file and what its name says: `kind` is studentrecords, studentresults, pdf or other.

    `version` is the n of v<n> (0 where it is not written); `student_code` (in capitals), `document` (academic
    transcripts, testamurs, ahegs) and `number` belong to PDFs. `fault` is the case of bundle.toml that the name breaks.
    """

    file: BundleFile
    kind: str
    version: int = 0
    student_code: str | None = None
    document: str | None = None
    number: int = 1
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The files of a bundle by what they are for: the current bulk files, the PDFs, and findings about names."""

    bulk: dict[str, Named]
    older: dict[str, list[Named]]
    pdfs: list[Named]
    faults: list[tuple[str, str, dict[str, Any]]]


def name_of(file: BundleFile) -> Named:
    """Return what a file's name says it is."""
    name = file.basename
    system = name.lower() in _SYSTEM_FILES or name.startswith("._") or "__MACOSX" in file.name.split("/")
    if system:
        return Named(file, "other", fault="stray")
    if match := _BULK.fullmatch(name):
        return Named(file, match[1], version=int(match[2]))
    if name.lower().endswith(".pdf"):
        return _pdf(file, name)
    if match := _LOOSE.fullmatch(name):
        kind, version = match[1] or match[3], match[2] or match[4] or 0
        return Named(file, f"student{kind.lower()}s", version=int(version), fault="bulk_name")
    return Named(file, "other", fault="stray")


def _pdf(file: BundleFile, name: str) -> Named:
    """Return what the name of a PDF says."""
    match = _PDF.fullmatch(name)
    if not match or not _CODE.fullmatch(match[1].upper()) or match[3] == "1":
        return Named(file, "pdf", fault="pdf_name")
    code, document, number = match[1].upper(), match[2].lower(), int(match[3] or 1)
    exact = (match[1], match[2]) == (code, document) and name.endswith(".pdf")
    return Named(file, "pdf", 0, code, document, number, None if exact else "pdf_case")


def choose(named: Iterable[Named]) -> Chosen:
    """Sort a bundle's files: the highest version of each bulk file is current, earlier ones are noted."""
    chosen = Chosen({}, {RECORDS: [], RESULTS: []}, [], [])
    bulk: dict[str, list[Named]] = {RECORDS: [], RESULTS: []}
    for item in named:
        if item.kind in bulk:
            bulk[item.kind].append(item)
        elif item.kind == "pdf":
            chosen.pdfs.append(item)
        if item.fault:
            wanted = f"{item.kind} v{max(1, item.version)}.csv"
            chosen.faults.append((item.fault, item.file.name, {"wanted": wanted}))
    for kind, items in bulk.items():
        items.sort(key=_precedence)
        readable = [item for item in items if not item.file.name.lower().endswith((".xls", ".xlsx", ".ods"))]
        if readable:
            chosen.bulk[kind] = readable[0]
            _note_others(chosen, kind, readable)
    return chosen


def _precedence(item: Named) -> tuple[int, bool, int, str]:
    """Put the highest version first; of one version a right name before a wrong one, and the outermost folder."""
    return -item.version, item.fault is not None, item.file.name.count("/"), item.file.name


def _note_others(chosen: Chosen, kind: str, items: list[Named]) -> None:
    """Note the files that are not current: earlier versions, and files of the same version."""
    current = items[0]
    for item in items[1:]:
        if item.version == current.version:
            chosen.faults.append(("twice", item.file.name, {}))
        else:
            chosen.older[kind].append(item)
            chosen.faults.append(("older", item.file.name, {}))
