"""From the files that arrived to the bundle that is checked: archives opened, later files in the place of earlier ones.

Of files with one name the one that arrived last counts, wherever it lay in an archive. Where a bulk file is there in
several versions, composing.py lays the higher over the lower; the check then reads one file, and a Lineage says from which
file of the provider's each of its rows comes, so that fixes of cells find their row again.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType

import polars as pl

from testamur.submissions import composing
from testamur.submissions.bundles import Bundle, BundleFile, Problem, Unreadable, open_bundle
from testamur.submissions.layouts import load_format
from testamur.submissions.naming import RECORDS, RESULTS, Named, choose, name_of
from testamur.submissions.scanning import Encoding, sha256_of

LINEAGE = "lineage.json"
CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Arrived:
    """One file as it was received: its name, its hash in hex, and where its bytes lie."""

    name: str
    sha256: str
    path: Path


@dataclass(frozen=True, slots=True)
class Source:
    """One bulk file of the provider's: its name inside the bundle and its hash in hex."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a checked bulk file is made of, lowest version first.

    `origins` names a Parquet file beside (row, source, source_row), None where the checked file is the only source itself.
    """

    sources: tuple[Source, ...]
    origins: str | None = None

    def places(self, folder: Path, rows: Sequence[int]) -> dict[int, tuple[Source, int]]:
        """Return, for rows of the checked file, the source and its row; rows that come from nowhere are left out."""
        if self.origins is None:
            return {row: (self.sources[-1], row) for row in rows}
        origins = pl.scan_parquet(folder / self.origins).filter(pl.col("row").is_in(list(rows))).collect()
        return {row: (self.sources[source], source_row) for row, source, source_row in origins.iter_rows()}

    def rows_of(self, folder: Path, places: pl.DataFrame) -> pl.DataFrame:
        """Add `row`, the row in the checked file, to places (sha256, source_row); places that are gone are left out."""
        index = {source.sha256: number for number, source in enumerate(self.sources)}
        here = places.filter(pl.col("sha256").is_in(list(index))).with_columns(
            pl.col("sha256").replace_strict(index, return_dtype=pl.UInt8).alias("source")
        )
        if self.origins is None:
            return here.with_columns(pl.col("source_row").alias("row"))
        origins = pl.read_parquet(folder / self.origins)
        return here.join(origins, on=["source", "source_row"], how="inner")


@dataclass(slots=True)
class Gathered(AbstractContextManager["Gathered"]):
    """The bundle to check, what its bulk files are made of (by their name in the bundle), and what to close."""

    bundle: Bundle
    lineages: dict[str, Lineage]
    folder: Path
    opened: list[Bundle] = field(default_factory=list)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what archives were unpacked into."""
        for bundle in self.opened:
            bundle.close()


def gather(arrived: Sequence[Arrived], folder: Path, *, encoding: Encoding | None, versioned: bool = True) -> Gathered:
    """Open the files of a submission, the oldest first, as one bundle; `folder` is the check's own.

    `versioned` formats lay a higher `v<n>` over a lower one; in others each file stands for itself. Raises Unreadable where
    a file named .zip is no archive.
    """
    gathered = Gathered(Bundle(), {}, folder)
    try:
        for item in _merged(arrived, gathered, folder):
            gathered.bundle.files.append(item)
        if versioned:
            for kind in (RECORDS, RESULTS):
                _settle(gathered, kind, encoding)
        else:
            _keep_each(gathered)
        gathered.bundle.files.sort(key=lambda file: file.name)
    except BaseException:
        gathered.__exit__(None, None, None)
        raise
    lineages = {name: asdict(lineage) for name, lineage in gathered.lineages.items()}
    (folder / LINEAGE).write_text(json.dumps(lineages, ensure_ascii=False))
    return gathered


def read_lineages(folder: Path) -> dict[str, Lineage]:
    """Return the lineages of a finished check, by the name of the checked file."""
    read = json.loads((folder / LINEAGE).read_text())
    return {
        name: Lineage(tuple(Source(**source) for source in value["sources"]), value["origins"])
        for name, value in read.items()
    }


def bulk_path(folder: Path, name: str) -> Path:
    """Return where a check keeps a bulk file that it read, by its name in the bundle, which may be no name for a disk."""
    return folder / CURRENT / hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def open_arrived(item: Arrived, workdir: Path) -> Bundle:
    """Open one received file: an archive with all that is in it, anything else as it is."""
    if not item.path.is_file():
        raise FileNotFoundError("A received file is no longer there.")  # a fault of ours, not of the provider's
    named = workdir / "named"
    named.mkdir(exist_ok=True)
    link = named / _fitting(item.name)
    link.unlink(missing_ok=True)
    link.symlink_to(item.path.resolve())
    try:
        bundle = open_bundle([link], workdir=workdir)
    finally:
        link.unlink()
    if not bundle.unpacked:
        bundle.files = [BundleFile(item.name, item.path, file.size) for file in bundle.files]
        bundle.problems = [Problem(problem.kind, item.name) for problem in bundle.problems]
    return bundle


def _fitting(name: str) -> str:
    """Return a name that a file system takes."""
    plain = name.replace("/", "_").replace("\0", "_").encode("utf-8", "replace")[-200:].decode("utf-8", "ignore")
    return plain if plain not in {"", ".", ".."} else "file"


def _merged(arrived: Iterable[Arrived], gathered: Gathered, folder: Path) -> Iterable[BundleFile]:
    """Return the files of all uploads; of one name the last that arrived."""
    held: dict[str, list[BundleFile]] = {}
    problems: dict[str, list[Problem]] = {}
    for item in arrived:
        bundle = open_arrived(item, folder)
        gathered.opened.append(bundle)
        for name in {file.basename for file in bundle.files}:
            for gone in held.pop(name, []):
                problems.pop(gone.name, None)
        for file in bundle.files:
            held.setdefault(file.basename, []).append(file)
        for problem in bundle.problems:
            problems.setdefault(problem.file, []).append(problem)
    gathered.bundle.problems = [problem for found in problems.values() for problem in found]
    return [file for files in held.values() for file in files]


def _settle(gathered: Gathered, kind: str, encoding: Encoding | None) -> None:
    """Put one file of a kind in the place of its versions, and keep a copy of what is read beside the findings."""
    refused = {problem.file for problem in gathered.bundle.problems}
    named = [name_of(file) for file in gathered.bundle.files if file.name not in refused]
    versions = sorted((item for item in named if item.kind == kind and not item.fault), key=lambda item: item.version)
    if not versions or len({item.version for item in versions}) < len(versions):
        _keep_first(gathered, kind, named)
        return
    layers = [composing.Layer(item.file.path, item.version) for item in versions]
    draft = gathered.folder / CURRENT / f"{kind}.csv"
    draft.parent.mkdir(exist_ok=True)
    made = composing.compose(layers, load_format("teqsa").files[kind], draft, encoding=encoding)
    used = [versions[index] for index in made.used]
    origins = None
    if made.origins is not None:
        origins = f"origins-{kind}.parquet"
        made.origins.write_parquet(gathered.folder / origins)
    else:
        _copy(used[-1].file.path, draft)
    _replace(gathered, used, draft.rename(bulk_path(gathered.folder, used[-1].file.name)), origins)


def _keep_first(gathered: Gathered, kind: str, named: Sequence[Named]) -> None:
    """Keep the file that the check will choose where names or versions are at fault."""
    chosen = choose(named).bulk.get(kind)
    if chosen is None:
        return
    target = bulk_path(gathered.folder, chosen.file.name)
    target.parent.mkdir(exist_ok=True)
    _copy(chosen.file.path, target)
    gathered.lineages[chosen.file.name] = Lineage((Source(chosen.file.name, sha256_of(target)),))


def _keep_each(gathered: Gathered) -> None:
    """Keep every file that may be read as it is; a PDF is no bulk file."""
    refused = {problem.file for problem in gathered.bundle.problems}
    for file in gathered.bundle.files:
        if file.name in refused or file.name.lower().endswith(".pdf"):
            continue
        target = bulk_path(gathered.folder, file.name)
        target.parent.mkdir(exist_ok=True)
        _copy(file.path, target)
        gathered.lineages[file.name] = Lineage((Source(file.name, sha256_of(target)),))


def _replace(gathered: Gathered, used: Sequence[Named], target: Path, origins: str | None) -> None:
    """Let one file stand in the bundle for the versions that it is made of."""
    sources = tuple(Source(item.file.name, sha256_of(item.file.path)) for item in used)
    gone = {item.file.name for item in used}
    name = used[-1].file.name
    gathered.bundle.files = [file for file in gathered.bundle.files if file.name not in gone]
    gathered.bundle.files.append(BundleFile(name, target, target.stat().st_size))
    gathered.lineages[name] = Lineage(sources, origins)


def _copy(source: Path, target: Path) -> None:
    """Have a file's bytes at another place too, without writing them again where the disk allows it."""
    target.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)
        target.chmod(0o600)


__all__ = [
    "Arrived",
    "Gathered",
    "Lineage",
    "Source",
    "Unreadable",
    "bulk_path",
    "gather",
    "open_arrived",
    "read_lineages",
]
