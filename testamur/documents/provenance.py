"""Where a row of an extract comes from: the line of a file, printed as a letter for the file and the number of the line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from testamur.kernel.canonical import Json

File = tuple[str, str, date]


@dataclass(frozen=True, slots=True)
class Provenance:
    """The line of the file in which the provider lodged a row."""

    file_name: str
    file_sha256: str
    line: int
    submitted_on: date

    @property
    def file(self) -> File:
        """Return the file itself: name, SHA-256 in hex, day of submission."""
        return self.file_name, self.file_sha256, self.submitted_on


def letters_of(sources: Iterable[Provenance]) -> dict[File, str]:
    """Give each source file a letter, in order of first use: A to Z, then AA."""
    letters: dict[File, str] = {}
    for source in sources:
        if source.file not in letters:
            index = len(letters)
            letters[source.file] = ("" if index < 26 else chr(64 + index // 26)) + chr(65 + index % 26)
    return letters


def printed_sources(sources: Iterable[Provenance], letters: Mapping[File, str]) -> str:
    """Return sources as a cell shows them, such as `A 214` or `A 214, B 7`; a dash where no line says so."""
    return ", ".join(f"{letters[source.file]} {source.line}" for source in sources) or "–"


def source_line(file: File, letter: str, *, submitted: str) -> Json:
    """Return one line of the list of source files; `submitted` is the day of submission in words."""
    name, sha256, _ = file
    return {"letter": letter, "name": name, "hash": sha256[:16], "submitted": f"lodged {submitted}"}
