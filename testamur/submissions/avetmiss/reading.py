"""NAT files as frames of lines: every line under its physical number, one character a byte, whatever the bytes are.

Bytes are read as Latin-1, so no byte shifts a position. NUL bytes read as blanks and are named. Lines end in LF, CR LF or
CR; a last line without an end counts; empty lines are left out and keep their numbers.
"""

import codecs
import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import polars as pl

from testamur.submissions.avetmiss.layout import Place
from testamur.submissions.sheets import Fix

BLOCK = 8 << 20
WORKERS = 3
SAMPLE = 1 << 18
_CHUNK = 1 << 20
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Text:
    """A file as text: where its first line begins, whether CR alone ends lines, its size, and what stops reading it.

    `problem` is utf16 or empty (cases of bundle.toml), or None. `marked` says that it begins with a UTF-8 mark. `first` is the
    number of the first line that is read: 2 where line 1 is left out.
    """

    path: Path
    size: int
    start: int
    returns: bool
    problem: str | None
    marked: bool
    first: int = 1

    def first_line(self) -> tuple[str, int]:
        """Return line 1, as far as it is read here, and the offset behind its end."""
        with self.path.open("rb") as stream:
            stream.seek(self.start)
            data = stream.read(_CHUNK)
        line, end, _ = data.partition(b"\r" if self.returns else b"\n")
        return line.decode("latin-1").rstrip("\r"), self.start + len(line) + len(end)

    def without_first_line(self) -> "Text":
        """Return the same file read from line 2 on."""
        return replace(self, start=self.first_line()[1], first=2)

    def sample(self) -> list[str]:
        """Return some whole lines from the start, the middle and the end, as characters."""
        lines: list[str] = []
        with self.path.open("rb") as stream:
            for place in sorted({self.start, self.size // 2, max(self.start, self.size - SAMPLE)}):
                stream.seek(place)
                data = stream.read(SAMPLE)
                found = _plain(data, returns=self.returns).decode("latin-1").split("\n")
                last = place + len(data) >= self.size
                lines += found[int(place > self.start) : len(found) if last else -1]
                if len(data) >= self.size - self.start:
                    break
        return [line for line in lines if line.strip(" \x1a")]


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines in order: `row` (UInt32), `line`, `length` (UInt32); rows with NUL bytes; numbers of empty lines."""

    frame: pl.DataFrame
    nul: pl.Series
    blank: pl.Series
    end: int


def open_text(path: Path) -> Text:
    """Look at a file's beginning."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(_CHUNK)
    marked = head.startswith(codecs.BOM_UTF8)
    problem = "utf16" if head.startswith(_WIDE) else None
    if not head[3 if marked else 0 :].strip(b" \r\n\x1a") and size <= _CHUNK:
        problem = "empty"
    returns = b"\r" in head and b"\n" not in head
    return Text(path, size, 3 if marked else 0, returns, problem, marked)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _plain(data: bytes, *, returns: bool) -> bytes:
    """Return bytes whose lines end in LF."""
    if returns:
        return data.replace(b"\r", b"\n")
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data


def lines_of(data: bytes, first: int, end: int) -> Lines:
    """Return whole lines that end in LF as a frame; `first` is the number of the first."""
    ascii_only = data.isascii()
    text = data if ascii_only else data.decode("latin-1").encode()
    if b"\x01" in text:
        text = text.replace(b"\x01", b"\x02")
    count = text.count(b"\n") + (not text.endswith(b"\n"))
    line = _column(text, count)
    frame = pl.DataFrame({"row": pl.Series(range(first, first + count), dtype=pl.UInt32), "line": line})
    nul = pl.Series("row", [], pl.UInt32)
    if b"\0" in text:
        nul = frame.filter(pl.col("line").str.contains("\0", literal=True))["row"]
        frame = frame.with_columns(pl.col("line").str.replace_all("\0", " ", literal=True))
    length = pl.col("line").str.len_bytes() if ascii_only else pl.col("line").str.len_chars()
    frame = frame.with_columns(length.cast(pl.UInt32).alias("length"))
    empty = (frame["line"] < "!") | (frame["length"] < 2)
    blank = pl.Series("row", [], pl.UInt32)
    if empty.any():
        bare = frame["line"].str.strip_chars(" \t\r\x1a") == ""
        blank = frame.filter(bare)["row"]
        frame = frame.filter(~bare)
        nul = nul.filter(~nul.is_in(blank.implode()))
    return Lines(frame, nul, blank, end)


def _column(text: bytes, count: int) -> pl.Series:
    """Return the lines of bytes that end in LF as one text column."""
    try:
        read = pl.read_csv(
            text,
            separator="\x01",
            quote_char=None,
            has_header=False,
            infer_schema=False,
            new_columns=["line"],
            empty_string_is_null=False,
        )
        if read.shape == (count, 1):
            return read["line"]
    except pl.exceptions.PolarsError:
        pass
    lines = text.decode().split("\n")
    return pl.Series("line", lines[:count], dtype=pl.String)


def map_lines(text: Text, work: Callable[[Lines], T], fixes: "Sequence[tuple[Fix, Place]]" = ()) -> Iterator[T]:
    """Apply work to every block of lines, several at a time, and yield the answers in order.

    `fixes` are laid over the lines first; one whose line is not there raises KeyError when all lines were read.
    """
    left = {fix.row for fix, _ in fixes}
    waiting: deque[Future[tuple[T, set[int]]]] = deque()

    def one(data: bytes, first: int, end: int) -> tuple[T, set[int]]:
        lines = lines_of(_plain(data, returns=text.returns), first, end)
        lines, done = _fixed(lines, fixes)
        return work(lines), done

    with ThreadPoolExecutor(WORKERS) as pool:
        for data, first, end in _blocks(text):
            waiting.append(pool.submit(one, data, first, end))
            if len(waiting) > WORKERS:
                answer, done = waiting.popleft().result()
                left -= done
                yield answer
        while waiting:
            answer, done = waiting.popleft().result()
            left -= done
            yield answer
    if left:
        raise KeyError(f"A fix names a line that is not in {text.path.name}.")


def _blocks(text: Text) -> Iterator[tuple[bytes, int, int]]:
    """Yield whole lines in blocks: bytes, the number of their first line, the offset behind them."""
    newline = b"\r" if text.returns else b"\n"
    place, first = text.start, text.first
    with text.path.open("rb") as stream:
        while place < text.size:
            stream.seek(place)
            data = stream.read(BLOCK)
            while place + len(data) < text.size and newline not in data:
                data += stream.read(BLOCK)
            if place + len(data) < text.size:
                data = data[: data.rindex(newline) + 1]
            place += len(data)
            yield data, first, place
            first += data.count(newline)


def _fixed(lines: Lines, fixes: "Sequence[tuple[Fix, Place]]") -> tuple[Lines, set[int]]:
    """Lay the fixes of these lines over them; a line grows where its fixed field lies behind its end."""
    frame, done = lines.frame, set[int]()
    for fix, place in fixes:
        index = frame["row"].search_sorted(fix.row)
        if index >= frame.height or frame["row"][index] != fix.row:
            continue
        done.add(fix.row)
        if len(fix.value) > place.length:
            continue
        value = fix.value.rjust(place.length, "0") if place.type == "N" and fix.value.isdigit() else fix.value
        line = frame["line"][index].ljust(place.end)
        line = line[: place.start - 1] + value.ljust(place.length) + line[place.end :]
        here = pl.int_range(frame.height) == index
        frame = frame.with_columns(
            pl.when(here).then(pl.lit(line)).otherwise("line").alias("line"),
            pl.when(here).then(pl.lit(len(line), pl.UInt32)).otherwise("length").alias("length"),
        )
    return Lines(frame, lines.nul, lines.blank, lines.end), done


def cells_of(frame: pl.DataFrame, places: Sequence[Place]) -> pl.DataFrame:
    """Return `row`, `length` and the fields of lines, without the spaces around them."""
    cut = [pl.col("line").str.slice(place.start - 1, place.length).str.strip_chars() for place in places]
    named = [cell.alias(place.name) for cell, place in zip(cut, places, strict=True)]
    return frame.select("row", "length", *named)
