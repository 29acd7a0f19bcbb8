"""Turn checked frames into rows of the record and their leaves. Pure: no Django, no database, no clock.

Runs in a process of its own beside the one that feeds the database, because hashing and copying each fill a core. What a
leaf commits to is written down in docs/formats/leaf.md; `facts` is canonical JSON made column by column, byte for byte what
kernel.canonical would write (tests hold the two together).
"""

import hashlib
import json
import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import polars as pl

from testamur.kernel.canonical import canonical_json
from testamur.kernel.copying import rows_as_csv
from testamur.log import commitment as leaves

STUDENT, COURSE_RESULT, UNIT_RESULT, LODGED_DOCUMENT, CERTIFICATE = 1, 2, 3, 4, 5
CHUNK_ROWS = 20_000
COPY_COLUMNS = (
    "record_id", "seq", "sealed_year", "student_id", "kind", "course_id", "unit_id", "source_id", "line", "valid_date",
    "leaf_batch", "leaf_position", "previous", "commitment", "facts",
)  # fmt: skip
_DOMAIN = b"testamur/record/v1\n"
_NEEDS_ESCAPE = r'["\\\x00-\x1f]'
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_INNER_PAD, _OUTER_PAD = b"\x36" * 32, b"\x5c" * 32


@dataclass(frozen=True, slots=True)
class SourceHeader:
    """What every version of one source has in common. Headers commit to it by its digest."""

    source_id: int
    provider: int
    submission: UUID
    format: str
    part: str
    file_sha256: str
    rule_version: str
    asserted_by: UUID
    declared_by: UUID
    recorded_at: str
    recorded_date: date

    def written(self) -> str:
        """Return the source as canonical JSON; every header of the source holds its SHA-256."""
        return canonical_json(
            {
                "asserted_by": str(self.asserted_by),
                "declared_by": str(self.declared_by),
                "file": self.file_sha256,
                "format": self.format,
                "part": self.part,
                "provider": self.provider,
                "recorded_at": self.recorded_at,
                "recorded_date": self.recorded_date.isoformat(),
                "rule_version": self.rule_version,
                "submission": str(self.submission),
            }
        )

    def digest(self) -> str:
        """Return the SHA-256 of the written source in hex."""
        return hashlib.sha256(self.written().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class VersionHeader:
    """What is committed of one version besides its facts and its source."""

    record: UUID
    seq: int
    student: int
    kind: int
    line: int | None
    course: tuple[str, str] | None
    unit: tuple[str, str] | None
    valid_date: date | None
    previous: bytes | None

    def written(self, source: SourceHeader) -> str:
        """Return the canonical header, for proofs and audits; headers_json writes the same text column by column."""
        return canonical_json(
            {
                "course": list(self.course) if self.course else None,
                "kind": self.kind,
                "line": self.line,
                "previous": self.previous.hex() if self.previous else None,
                "record": self.record.hex,
                "seq": self.seq,
                "source": source.digest(),
                "student": self.student,
                "unit": list(self.unit) if self.unit else None,
                "valid_date": self.valid_date.isoformat() if self.valid_date else None,
            }
        )


def new_record_ids(count: int, at: datetime) -> pl.Series:
    """Return record ids as 32 hex digits, rising in order (UUID version 7), so that the index of records grows at its end.

    48 bits are the millisecond, then 12 and 38 random bits of this call, then a counter of 24 bits.
    """
    if count >= 1 << 24:
        raise ValueError("more than 16,777,215 records in one source: split the file")
    milliseconds = int(at.timestamp() * 1000)
    head = f"{milliseconds:012x}7{secrets.randbits(12):03x}{0b10 << 38 | secrets.randbits(38):010x}"
    endings = [f"{number:03x}" for number in range(1 << 12)]
    beginnings = [f"{head}{number:03x}" for number in range((count >> 12) + 1)]
    return pl.Series("record", [first + last for first in beginnings for last in endings][:count], dtype=pl.String)


def json_texts(name: str, frame: pl.DataFrame) -> pl.Expr:
    """Return an expression giving each text of a column as a JSON string, as kernel.canonical writes it; null stays null.

    Texts are put between quotes; the few that hold a quote, a backslash or a control character are escaped one by one.
    """
    texts = frame.get_column(name).cast(pl.String)
    odd = texts.filter(texts.str.contains(_NEEDS_ESCAPE).fill_null(False)).unique()
    quoted = pl.concat_str([pl.lit('"'), pl.col(name).cast(pl.String), pl.lit('"')])
    if odd.is_empty():
        return quoted
    written = pl.Series([json.dumps(text, ensure_ascii=False) for text in odd], dtype=pl.String)
    return pl.col(name).cast(pl.String).replace_strict(odd, written, default=quoted, return_dtype=pl.String)


def facts_json(frame: pl.DataFrame, columns: dict[str, str], *, written: Collection[str] = ()) -> pl.Series:
    """Return the canonical facts of each row: `columns` maps fact names to columns; nulls are left out.

    Text columns are quoted; Int columns are written as numbers; columns of facts in `written` hold canonical JSON already.
    """
    present = [fact for fact in sorted(columns) if frame[columns[fact]].null_count() < len(frame)]
    members = [
        pl.concat_str([pl.lit(f'"{fact}":'), pl.col(columns[fact])])
        if fact in written
        else _member(fact, columns[fact], frame)
        for fact in present
    ]
    inside = pl.concat_str(members, separator=",", ignore_nulls=True) if members else pl.lit("")
    return frame.select(facts=pl.repeat("{", pl.len()) + inside + pl.lit("}")).to_series()


def _member(fact: str, column: str, frame: pl.DataFrame) -> pl.Expr:
    """Return an expression giving one member of each row's facts; each value of a categorical column is written once."""
    name = f'"{fact}":'
    values = frame[column]
    if values.dtype.is_integer():
        return pl.concat_str([pl.lit(name), pl.col(column).cast(pl.String)])
    if values.dtype != pl.Categorical:
        return pl.concat_str([pl.lit(name), json_texts(column, frame)])
    distinct = values.unique().drop_nulls()
    codes = distinct.to_physical().to_list()
    written: list[str | None] = [None] * (max(codes) + 1)
    for code, text in zip(codes, distinct.cast(pl.String), strict=True):
        written[code] = name + json.dumps(text, ensure_ascii=False)
    return pl.lit(pl.Series(written, dtype=pl.String).gather(values.to_physical()))


def with_offerings(rows: pl.DataFrame, offerings: pl.DataFrame) -> pl.DataFrame:
    """Add course_json and unit_json, the committed form [code, title] of what course_id and unit_id name."""
    members = [pl.lit("["), json_texts("code", offerings), pl.lit(","), json_texts("title", offerings), pl.lit("]")]
    written = offerings.select("offering_id", pl.concat_str(members).alias("json"))
    for prefix in ("course", "unit"):
        named = written.rename({"offering_id": f"{prefix}_id", "json": f"{prefix}_json"})
        rows = rows.join(named, on=f"{prefix}_id", how="left", maintain_order="left")
    return rows


def _header_parts(rows: pl.DataFrame, source: SourceHeader) -> list[pl.Expr]:
    """Return the pieces of the canonical header of each prepared row, in order (VersionHeader writes one)."""
    or_null = {name: pl.col(name).fill_null("null") for name in ("course_json", "unit_json")}
    quoted = {
        name: pl.concat_str([pl.lit('"'), pl.col(name), pl.lit('"')]).fill_null("null")
        if rows[name].null_count() < len(rows)
        else "null"
        for name in ("previous", "valid_date")
    }
    parts: list[pl.Expr | str] = [
        '{"course":', or_null["course_json"], ',"kind":', pl.col("kind"),
        ',"line":', pl.col("line").cast(pl.String).fill_null("null"), ',"previous":', quoted["previous"],
        ',"record":"', pl.col("record"), '","seq":', pl.col("seq"),
        f',"source":"{source.digest()}","student":', pl.col("student_id"),
        ',"unit":', or_null["unit_json"], ',"valid_date":', quoted["valid_date"], "}",
    ]  # fmt: skip
    return [pl.lit(part) if isinstance(part, str) else part.cast(pl.String) for part in parts]


def headers_json(rows: pl.DataFrame, source: SourceHeader) -> pl.Series:
    """Return the canonical header of each prepared row."""
    return rows.select(pl.concat_str(_header_parts(rows, source)).alias("header")).to_series()


def commit(rows: pl.DataFrame, source: SourceHeader) -> list[bytes]:
    """Return the commitment of each prepared row, in order, as log.commitment makes it (tests hold the two together)."""
    message = [pl.lit(_DOMAIN.decode()), *_header_parts(rows, source), pl.lit("\n"), pl.col("facts")]
    texts = rows.select(pl.concat_str(message).cast(pl.Binary).alias("message"))["message"]
    places = rows.select(pl.concat_str([pl.col("record"), _seq_hex(rows)]).str.decode("hex").alias("place"))["place"]
    return keyed_hashes(keyed_hashes(rows["key"].to_list(), places.to_list()), texts.to_list())


def keyed_hashes(keys: Sequence[bytes], texts: Sequence[bytes]) -> list[bytes]:
    """Return HMAC-SHA256 of each text under the key of 32 bytes beside it.

    HMAC is spelled out (RFC 2104), because the standard library's takes nearly twice as long for texts so short.
    """
    sha256, hashes = hashlib.sha256, []
    last, inner, outer = None, b"", b""
    for key, text in zip(keys, texts, strict=True):
        if key != last:
            last, inner, outer = key, key.translate(_INNER) + _INNER_PAD, key.translate(_OUTER) + _OUTER_PAD
        hashes.append(sha256(outer + sha256(inner + text).digest()).digest())
    return hashes


def _seq_hex(rows: pl.DataFrame) -> pl.Series:
    """Return sequence numbers as eight hex digits."""
    distinct = rows["seq"].unique()
    return rows["seq"].replace_strict(distinct, pl.Series([f"{n:08x}" for n in distinct]), return_dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows ready for COPY (kernel.copying), and the leaves of exactly these rows, one batch after another."""

    rows: int
    copy: bytes
    batches: tuple[tuple[int, bytes], ...]


@dataclass(slots=True)
class Places:
    """Hands out leaf batches in order; each holds at most `size` leaves."""

    batches: Sequence[int]
    size: int
    used: int = 0

    def take(self, count: int) -> tuple[list[int], list[int], list[tuple[int, int]]]:
        """Return batch and position of the next rows, and (batch, leaves) pairs; a chunk starts a batch of its own."""
        numbers: list[int] = []
        positions: list[int] = []
        filled: list[tuple[int, int]] = []
        while count > 0:
            batch, here = self.batches[self.used], min(count, self.size)
            numbers += [batch] * here
            positions += range(here)
            filled.append((batch, here))
            self.used += 1
            count -= here
        return numbers, positions, filled


def chunks(rows: pl.DataFrame, source: SourceHeader, places: Places) -> Iterator[Chunk]:
    """Commit prepared rows and yield them ready for COPY.

    `rows` has student_id, key, kind, course_id, course_json, unit_id, unit_json, line, valid_date (text), previous (hex),
    record (hex), seq, facts.
    """
    for part in rows.iter_slices(2 * CHUNK_ROWS):
        commitments = commit(part, source)
        numbers, positions, filled = places.take(len(part))
        table = part.select(
            "record",
            "seq",
            pl.lit(source.recorded_date.year).alias("sealed_year"),
            "student_id",
            "kind",
            "course_id",
            "unit_id",
            pl.lit(source.source_id).alias("source_id"),
            "line",
            "valid_date",
            pl.Series("leaf_batch", numbers),
            pl.Series("leaf_position", positions),
            pl.concat_str([pl.lit("\\x"), pl.col("previous")]).alias("previous"),
            pl.Series("commitment", commitments, dtype=pl.Binary),
            "facts",
        )
        yield Chunk(len(part), rows_as_csv(table), tuple(_batches(commitments, filled)))


def _batches(commitments: Sequence[bytes], filled: Sequence[tuple[int, int]]) -> Iterator[tuple[int, bytes]]:
    """Join the leaves of each batch: every leaf is the same two bytes before its commitment."""
    prefix = leaves.leaf(bytes(32))[:2]
    start = 0
    for batch, count in filled:
        yield batch, prefix + prefix.join(commitments[start : start + count])
        start += count
