"""The vectors under tests/vectors/teqsa: what looks odd and is good loads; what is bad ends in one clear finding."""

import json
import struct
import zlib
from pathlib import Path

import pytest

from testamur.submissions.bundles import Limits, Unreadable, open_bundle
from tests.rules.teqsa_samples import check
from tests.vectors.teqsa import make

HERE = Path(make.__file__).parent
EXPECTED = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
GIGABYTE = 1 << 30


def _paths(folder: Path) -> list[Path]:
    archive = folder / "bundle.zip"
    return [archive] if archive.exists() else [folder]


def test_every_vector_has_an_expectation_and_the_other_way_round():
    folders = {
        f"{group}/{folder.name}" for group in ("odd-but-good", "known-bad") for folder in (HERE / group).iterdir()
    }
    assert folders == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_vector_gives_what_it_is_named_for(name: str):
    outcome = check(*_paths(HERE / name))
    findings = [[item.rule, str(item.severity), item.file, item.row] for item in outcome if item.severity != "info"]
    assert findings == EXPECTED[name]
    assert outcome.recognised
    if name.startswith("odd-but-good"):
        assert outcome.counts["error"] == 0
        assert next(file.rows for file in outcome.files if file.rows is not None) == 3
    else:
        assert len(findings) == 1
        assert all(item.message and item.fix and item.source for item in outcome)


@pytest.mark.parametrize("name", ["header only", "formula in a name"])
def test_the_tolerant_profile_takes_these_with_one_warning(name: str):
    outcome = check(*_paths(HERE / "known-bad" / name), profile="tolerant")
    rule, _, file, row = EXPECTED[f"known-bad/{name}"][0]
    findings = [[item.rule, str(item.severity), item.file, item.row] for item in outcome if item.severity != "info"]
    assert findings == [[rule, "warning", file, row]]


@pytest.mark.parametrize("kind", [make.RECORDS, make.RESULTS])
@pytest.mark.parametrize("blanks", [0, 1, 3])
@pytest.mark.parametrize("cells", [False, True])
def test_a_header_only_file_beside_a_full_one_is_one_finding(kind: str, blanks: int, cells: bool, tmp_path: Path):
    files = make.base()
    header = files[kind].split(b"\r\n")[0]
    files[kind] = b"\r\n".join([header, *[b"," * header.count(b",") if cells else b""] * blanks])
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    findings = [(item.rule, str(item.severity), item.file) for item in check(tmp_path) if item.severity != "info"]
    assert findings == [("F4", "error", kind)]


@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if name.startswith("odd-but-good")))
def test_an_odd_vector_reads_to_the_same_rows_as_the_clean_one(name: str, tmp_path: Path):
    import polars as pl
    from polars import selectors

    texts = {}
    for vector in ("odd-but-good/clean", name):
        check(*_paths(HERE / vector), keep=tmp_path / vector)
        kept = pl.read_parquet(tmp_path / vector / "results.parquet").drop("line", "subsidiary_component")
        texts[vector] = kept.with_columns(selectors.categorical().cast(pl.String))
    plain = texts["odd-but-good/clean"].with_columns(pl.col("unit_name").str.replace(",", ";"))
    wanted = {
        "columns in another order": plain,
        "optional columns missing": texts["odd-but-good/clean"],
    }.get(name.removeprefix("odd-but-good/"), texts["odd-but-good/clean"])
    assert texts[name].equals(wanted)


# Archives that unpack to gigabytes ------------------------------------------------------------------------------


def _zeros(size: int) -> bytes:
    """Return a deflate stream of so many zero bytes, made from one flushed piece said again and again."""
    piece = 64 << 20
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = deflate.compress(bytes(piece)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return first * (size // piece) + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


def _bomb(path: Path, size: int, *, declared: int, name: str = "studentresults v1.csv") -> Path:
    """Write a zip of one entry that unpacks to `size` zero bytes and says that it has `declared`."""
    body, raw = _zeros(size), name.encode()
    common = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0x5B77, 0, len(body), min(declared, 0xFFFFFFFE)) + struct.pack(
        "<H", len(raw)
    )
    local = b"PK\3\4" + common + struct.pack("<H", 0) + raw
    central = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHHII", 0, 0, 0, 0, 0o100644 << 16, 0) + raw
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local) + len(body), 0)
    path.write_bytes(local + body + central + end)
    return path


def _on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("declared", [10 * GIGABYTE, 3 * GIGABYTE, 5000, 0])
def test_a_bomb_of_ten_gigabytes_is_refused_and_never_reaches_the_disk(declared: int, tmp_path: Path):
    bomb = _bomb(tmp_path / "bundle.zip", 10 * GIGABYTE, declared=declared)
    work = tmp_path / "work"
    work.mkdir()
    with open_bundle([bomb], workdir=work) as bundle:
        assert [problem.kind for problem in bundle.problems] in (["zip_bomb"], ["zip_damaged"])
        assert _on_disk(work) == 0
    outcome = check(bomb)
    assert [(item.rule, str(item.severity), item.row) for item in outcome] == [("F8", "error", None)]


def test_what_comes_out_is_counted_while_it_comes_out(tmp_path: Path):
    """The directory is believed here to be within all limits, so only the counting of bytes can stop it."""
    bomb = _bomb(tmp_path / "bundle.zip", 1 * GIGABYTE, declared=1 * GIGABYTE)
    limits = Limits(total_bytes=2 * GIGABYTE, ratio=500, ratio_from=1 << 20)
    with open_bundle([bomb], limits=limits, workdir=tmp_path) as bundle:
        assert [problem.kind for problem in bundle.problems] == ["zip_bomb"]
    believing = Limits(total_bytes=2 * GIGABYTE, ratio=5000)
    with open_bundle([_bomb(tmp_path / "small.zip", 128 << 20, declared=128 << 20)], limits=believing) as bundle:
        assert [problem.kind for problem in bundle.problems] == ["zip_damaged"]  # the checksum is not that of zeros


def test_a_sound_archive_is_unpacked_and_removed_again(tmp_path: Path):
    with open_bundle([HERE / "odd-but-good/zip/bundle.zip"], workdir=tmp_path) as bundle:
        assert [file.name for file in bundle.files] == sorted(make.base())
        assert all(file.path.parent.parent == tmp_path for file in bundle.files)
        assert bundle.files[1].path.read_bytes() == make.base()[bundle.files[1].name]
    assert _on_disk(tmp_path) == 0


def test_too_many_entries_are_refused(tmp_path: Path):
    (tmp_path / "bundle.zip").write_bytes(make.zipped({f"{n}.txt": b"x" for n in range(12)}))
    with open_bundle([tmp_path / "bundle.zip"], limits=Limits(entries=11)) as bundle:
        assert [problem.kind for problem in bundle.problems] == ["zip_entries"]


def test_a_link_in_a_folder_is_named_and_not_followed(tmp_path: Path):
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name, data in make.base().items():
        (folder / name).write_bytes(data)
    (folder / "S10001-ahegs.pdf").symlink_to(tmp_path / "secret.txt")
    (folder / "more").symlink_to(tmp_path)
    outcome = check(folder)
    assert {file.name for file in outcome.files} == set(make.base())
    assert [(item.rule, str(item.severity), item.file) for item in outcome if item.rule == "F2"] == [
        ("F2", "info", "S10001-ahegs.pdf"),
        ("F2", "info", "more"),
    ]


@pytest.mark.parametrize("name", ["gone", "not a zip.zip"])
def test_a_path_that_is_nothing_is_unreadable(name: str, tmp_path: Path):
    (tmp_path / "not a zip.zip").write_bytes(b"hello")
    with pytest.raises(Unreadable):
        open_bundle([tmp_path / name])


def test_a_name_with_bytes_of_no_encoding_can_still_be_printed(tmp_path: Path):
    (tmp_path / "S10001-testam\udcffurs.pdf").write_bytes(b"")
    (tmp_path / "a\x1b[31m.txt").write_bytes(b"")
    outcome = check(tmp_path)
    json.dumps([file.name for file in outcome.files]).encode()
    assert all(file.name.isprintable() for file in outcome.files)
