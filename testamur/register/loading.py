"""From checked frames to prepared rows, part by part. Pure; runs in the second process.

What it needs from the database comes in as frames (students with their keys, offerings, what is held); what it finds goes out
as messages: chunks ready for COPY, particulars to write, and the counts at the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import polars as pl

from testamur.register import comparing, preparing, rows

Message = tuple[Literal["chunk", "particulars", "counted", "failed"], object]


@dataclass(slots=True)
class Counts:
    """What became of a submission's rows."""

    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    students: int = 0

    def add(self, compared: comparing.Compared) -> None:
        """Add one part's counts."""
        self.new += compared.new
        self.changed += compared.changed
        self.withdrawn += compared.withdrawn
        self.unchanged += compared.unchanged


@dataclass(slots=True)
class Load:
    """Everything one load needs, without a database.

    `students`: local_id, student_id, key, sorted by student_id. `offerings`: kind, code, title, offering_id. `held`: current
    versions (see comparing). `documents`: local_id, document, n, sha256, size. `parts` come with the header of their source.
    """

    documents: pl.DataFrame
    students: pl.DataFrame
    offerings: pl.DataFrame
    held: pl.DataFrame
    parts: list[tuple[rows.Part, preparing.SourceHeader]]
    batches: list[int]
    batch_size: int
    at: datetime
    replace_all: bool = False
    counts: Counts = field(default_factory=Counts)


def messages(load: Load) -> Iterator[Message]:
    """Prepare every part and yield its messages; the last is the counts."""
    places = preparing.Places(load.batches, load.batch_size)
    for part, source in load.parts:
        placed = _placed(load, part)
        load.counts.students = max(load.counts.students, placed["student_id"].n_unique())
        held = load.held.filter(pl.col("kind").is_in(part.kinds))
        for stretch, held_here in _stretches(placed, held):
            compared = comparing.compare(
                _FINISH[part.holds](stretch), held_here, replace_all=load.replace_all, at=load.at
            )
            load.counts.add(compared)
            if part.holds == "students":
                yield "particulars", _particulars_to_write(compared.rows)
            ready = preparing.with_offerings(_keyed(load, compared.rows), load.offerings)
            for chunk in preparing.chunks(ready, source, places):
                yield "chunk", chunk
    yield "counted", load.counts


_FINISH = {
    "students": rows.student_rows,
    "results": rows.result_rows,
    "certificates": rows.certificate_rows,
    "documents": rows.document_rows,
}


def _placed(load: Load, part: rows.Part) -> pl.DataFrame:
    """Return the rows of a part, each with its student, sorted by student."""
    if part.holds == "students":
        return rows.place_students(part, load.students)
    if part.holds == "documents":
        return rows.place_documents(load.documents, load.students)
    place = rows.place_results if part.holds == "results" else rows.place_certificates
    return place(part, load.students, load.offerings)


def _keyed(load: Load, recorded: pl.DataFrame) -> pl.DataFrame:
    """Replace the natural key, which has done its work, by the student's."""
    places = load.students["student_id"].search_sorted(recorded["student_id"])
    return recorded.with_columns(load.students["key"].gather(places))


def _stretches(placed: pl.DataFrame, held: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Cut rows sorted by student into stretches of whole students, each with what is held of just these students.

    Memory stays bounded. Held rows of students whom no row names come with the stretch that reaches past them.
    """
    students, start, before = placed["student_id"], 0, -1
    while start < len(placed) or start == 0:
        end = min(start + preparing.CHUNK_ROWS, len(placed))
        last = students[end - 1] if end else 0
        end = int(students.search_sorted(last, side="right"))
        reach = pl.col("student_id") > before
        if end < len(placed):
            reach &= pl.col("student_id") <= last
        yield placed.slice(start, end - start), held.filter(reach)
        start, before = max(end, 1), last


def _particulars_to_write(recorded: pl.DataFrame) -> pl.DataFrame:
    """Return the particulars of new and changed student records, numbered as their versions."""
    return recorded.filter(pl.col("facts") != comparing.WITHDRAWN).select("student_id", "seq", *rows.PARTICULARS)
