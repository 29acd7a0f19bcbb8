"""NAT files are read whatever a system did to their lines, names and bytes; another release is refused by name."""

import zipfile
from pathlib import Path

import polars as pl
import pytest

from testamur.service.synthetic.avetmiss import write_bundle
from testamur.submissions.avetmiss import reading
from testamur.submissions.avetmiss.layout import load_avetmiss
from tests.rules.nat_samples import checked, clean, edit, places

ACTIVITY = "NAT00120.txt"


def _rewrite(folder: Path, name: str, change: "object") -> None:
    path = folder / name
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_line_ends_and_a_missing_last_one_make_no_difference(end: bytes, tmp_path: Path) -> None:
    for file in clean(tmp_path).iterdir():
        file.write_bytes(file.read_bytes().rstrip(b"\r\n").replace(b"\r\n", end))
    outcome = checked(tmp_path)
    assert places(outcome) == set()
    assert next(file.rows for file in outcome.files if file.name == ACTIVITY) == 168


def test_a_last_line_that_is_only_an_end_of_file_mark_is_no_record(tmp_path: Path) -> None:
    _rewrite(clean(tmp_path), ACTIVITY, lambda data: data + b"\x1a")
    outcome = checked(tmp_path)
    assert places(outcome) == set()
    assert next(file.rows for file in outcome.files if file.name == ACTIVITY) == 168


def test_rows_are_physical_lines_and_empty_lines_are_not_counted(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    edit(folder, "NAT00120", 3, "delivery_mode_identifier", "303")
    _rewrite(folder, ACTIVITY, lambda data: b"\r\n\r\n" + data + b"\r\n  \r\n")
    outcome = checked(folder)
    assert places(outcome) == {
        ("L-length", ACTIVITY, 1, None, "info"),
        ("L-length", ACTIVITY, 2, None, "info"),
        ("L-type", ACTIVITY, 5, "delivery_mode_identifier", "error"),
    }
    assert next(file.rows for file in outcome.files if file.name == ACTIVITY) == 168


def test_blanks_left_out_at_line_ends_are_a_note(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    _rewrite(folder, ACTIVITY, lambda data: b"\r\n".join(line.rstrip() for line in data.split(b"\r\n")))
    outcome = checked(folder)
    assert {place[0] for place in places(outcome)} == {"L-length"}
    assert outcome.counts == {"error": 0, "warning": 0, "info": 168}


def test_a_line_cut_off_before_a_mandatory_field_is_one_error(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    lines = (folder / ACTIVITY).read_bytes().split(b"\r\n")
    lines[1] = lines[1][:70]
    (folder / ACTIVITY).write_bytes(b"\r\n".join(lines))
    found = {place for place in places(checked(folder)) if place[2] == 2}
    assert found == {("L-length", ACTIVITY, 2, "delivery_mode_identifier", "error")}


def test_identifiers_on_short_and_nul_lines_count_as_present(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    lines = (folder / "NAT00080.txt").read_bytes().split(b"\r\n")
    lines[0], lines[1] = lines[0][:40], lines[1].replace(b" ", b"\0")
    (folder / "NAT00080.txt").write_bytes(b"\r\n".join(lines))
    found = places(checked(folder))
    assert {place[:3] for place in found} == {("L-length", "NAT00080.txt", 1), ("F5", "NAT00080.txt", 2)}


def test_a_byte_beyond_ascii_shifts_no_position(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    edit(folder, "NAT00085", 1, "client_family_name", "Nú\xf1ez")
    assert places(checked(folder)) == {("L-type", "NAT00085.txt", 1, "client_family_name", "warning")}
    edit(folder, "NAT00085", 1, "client_family_name", "Núñez".encode().decode("latin-1"))
    keep = folder.parent / f"{folder.name}-kept"
    assert places(checked(folder, keep=keep)) == {("L-type", "NAT00085.txt", 1, "client_family_name", "warning")}
    assert pl.read_parquet(keep / "records.parquet")["surname"][0] == "Núñez"


def test_a_mark_at_the_start_is_left_out(tmp_path: Path) -> None:
    _rewrite(clean(tmp_path), ACTIVITY, lambda data: b"\xef\xbb\xbf" + data)
    assert places(checked(tmp_path)) == {("F5", ACTIVITY, 1, None, "warning")}


def test_wide_text_is_refused_and_nothing_is_called_an_orphan(tmp_path: Path) -> None:
    _rewrite(clean(tmp_path), "NAT00080.txt", lambda data: data.decode().encode("utf-16"))
    assert places(checked(tmp_path)) == {("F5", "NAT00080.txt", None, None, "error")}


def test_names_in_any_case_with_or_without_ending_in_a_folder_or_zip(tmp_path: Path) -> None:
    folder = clean(tmp_path / "set")
    (folder / ACTIVITY).rename(folder / "nat00120")
    (folder / "NAT00080.txt").rename(folder / "Nat00080.TXT")
    (folder / "readme.pdf").write_bytes(b"no record")
    assert places(checked(folder)) == {("F2", "readme.pdf", None, None, "info")}
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for file in folder.iterdir():
            out.write(file, f"2024/{file.name}")
    assert places(checked(archive)) == {("F2", "2024/readme.pdf", None, None, "info")}


def test_a_second_file_of_a_kind_is_left_out_and_named(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    (folder / "NAT00120_old.txt").write_bytes((folder / ACTIVITY).read_bytes())
    assert places(checked(folder)) == {("F1", "NAT00120_old.txt", None, None, "error")}


def test_what_a_desktop_writes_beside_a_file_is_no_second_file(tmp_path: Path) -> None:
    (clean(tmp_path) / "._NAT00120.txt").write_bytes(b"\0\5\x16\7")
    assert places(checked(tmp_path)) == {("F2", "._NAT00120.txt", None, None, "info")}


def test_words_behind_a_record_are_something_added_and_a_wrong_date_there_is_a_wrong_date(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    edit(folder, "NAT00130", 1, "parchment_issue_date", "31022024")
    edit(folder, "NAT00130", 2, "parchment_issue_date", "extra da")
    assert places(checked(folder)) == {
        ("L-length", "NAT00130.txt", 1, None, "info"),
        ("L-type", "NAT00130.txt", 1, "parchment_issue_date", "warning"),
        ("L-length", "NAT00130.txt", 2, None, "info"),
    }


def test_programs_of_both_files_are_a_union_and_the_variant_wins(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    lines = (folder / "NAT00030A.txt").read_bytes().split(b"\r\n")
    plain = [line[:114].ljust(130) for line in lines[:2]]
    plain[0] = plain[0][:10] + b"Another name".ljust(100) + plain[0][110:]
    (folder / "NAT00030.txt").write_bytes(b"\r\n".join(plain))
    (folder / "NAT00030A.txt").write_bytes(b"\r\n".join([lines[0], *lines[2:]]))
    outcome = checked(folder, keep=folder / "kept")
    assert places(outcome) == set()
    results = pl.read_parquet(folder / "kept" / "results.parquet")
    names = results.select(pl.col("course_code", "course_name").cast(pl.String)).unique().sort("course_code")
    assert names["course_name"][0] == "Certificate III in Orchard Practice"
    assert names["course_name"][1] == "Certificate IV in Workshop Safety"


def test_without_a_vet_flag_nothing_is_said_about_it(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    lines = (folder / "NAT00030A.txt").read_bytes().split(b"\r\n")
    (folder / "NAT00030A.txt").unlink()
    (folder / "NAT00030.txt").write_bytes(b"\r\n".join(line[:114].ljust(130) for line in lines if line))
    assert places(checked(folder)) == set()


@pytest.mark.parametrize(
    ("gone", "rule", "severity"),
    [
        ("NAT00010", "X02", "error"), ("NAT00020", "X10", "error"), ("NAT00030A", "X10", "error"),
        ("NAT00060", "X10", "error"), ("NAT00080", "X06", "error"), ("NAT00085", "X09", "warning"),
        ("NAT00090", "X07", "warning"), ("NAT00100", "X08", "warning"), ("NAT00120", "X10", "error"),
        ("NAT00130", "X11", "warning"),
    ],
)  # fmt: skip
def test_a_missing_file_is_one_finding_without_a_line(gone: str, rule: str, severity: str, tmp_path: Path) -> None:
    folder = clean(tmp_path)
    (folder / f"{gone}.txt").unlink()
    found = {place for place in places(checked(folder)) if place[2] is None}
    assert found == {(rule, f"{gone.removesuffix('A')}.txt", None, None, severity)}
    assert not {place for place in places(checked(folder)) if place[2] is not None and place[4] == "error"}


def test_completions_alone_are_a_set(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    for kind in ("NAT00020", "NAT00060", "NAT00120"):
        (folder / f"{kind}.txt").unlink()
    outcome = checked(folder)
    assert outcome.counts["error"] == 0
    assert {place[1] for place in places(outcome) if place[2] is None} == {"NAT00020.txt", "NAT00060.txt", ACTIVITY}


def test_completions_alone_may_come_with_empty_files(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    for kind in ("NAT00020", "NAT00060", "NAT00120"):
        (folder / f"{kind}.txt").write_bytes(b"")
    outcome = checked(folder, keep=folder / "kept")
    assert outcome.counts["error"] == 0
    assert {place for place in places(outcome) if place[2] is None} == {
        ("F4", f"{kind}.txt", None, None, "info") for kind in ("NAT00020", "NAT00060", "NAT00120")
    }
    (folder / "NAT00060.txt").unlink()
    assert checked(folder).counts["error"] == 0


@pytest.mark.parametrize("kind", ["NAT00020", "NAT00060", "NAT00120"])
def test_one_empty_file_of_three_is_an_error_and_no_orphan_is_invented(kind: str, tmp_path: Path) -> None:
    (clean(tmp_path) / f"{kind}.txt").write_bytes(b"\r\n")
    assert places(checked(tmp_path)) == {("F4", f"{kind}.txt", None, None, "error")}


def test_empty_contact_details_are_missed_at_every_client(tmp_path: Path) -> None:
    (clean(tmp_path) / "NAT00085.txt").write_bytes(b"")
    wanted = {("X09", "NAT00080.txt", row, "client_identifier", "warning") for row in range(1, 15)}
    assert places(checked(tmp_path)) == wanted | {("F4", "NAT00085.txt", None, None, "info")}


@pytest.mark.parametrize("kind", ["NAT00090", "NAT00100", "NAT00130"])
def test_an_empty_file_reports_no_records(kind: str, tmp_path: Path) -> None:
    (clean(tmp_path) / f"{kind}.txt").write_bytes(b"")
    outcome = checked(tmp_path, keep=tmp_path / "kept")
    assert ("F4", f"{kind}.txt", None, None, "info") in places(outcome)
    assert outcome.counts["error"] == 0
    assert next(file.rows for file in outcome.files if file.kind == kind) == 0


def test_an_empty_client_file_is_an_error_and_no_orphan_is_invented(tmp_path: Path) -> None:
    (clean(tmp_path) / "NAT00080.txt").write_bytes(b"\r\n")
    assert places(checked(tmp_path)) == {("F4", "NAT00080.txt", None, None, "error")}


def test_known_students_stand_in_for_clients(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    lines = (folder / "NAT00080.txt").read_bytes().split(b"\r\n")
    (folder / "NAT00080.txt").write_bytes(b"\r\n".join(lines[1:]))
    without, known = checked(folder), checked(folder, known_students=["c00000000"])
    assert {place[0] for place in places(without)} == {"X10", "X11", "X09"}
    assert places(known) == set()


def _old_activity(line: bytes) -> bytes:
    return line[10:68] + b"10" + line[71:73] + b"0040" + line[73:76] + line[76:109]


@pytest.mark.parametrize(
    ("name", "change", "release"),
    [
        (ACTIVITY, _old_activity, "release 7.0"),
        (ACTIVITY, lambda line: _old_activity(line)[:92], "release 6 or 7.0"),
        (ACTIVITY, lambda line: _old_activity(line).rstrip(), "release 6 or 7.0"),
        (ACTIVITY, lambda line: _old_activity(line) + b" " * 40, "release 7.0"),
        ("NAT00060.txt", lambda line: b"C" + line, "release 6 or 7.0"),
        ("NAT00060.txt", lambda line: b"C" + line[:112] + b" " * 6 + line[118:], "release 6 or 7.0"),
        ("NAT00080.txt", lambda line: line[:72] + b"2001" + line[72:], "release 7.0"),
        ("NAT00080.txt", lambda line: (line[:72] + b"2001" + line[72:])[:154], "release 6"),
        ("NAT00130.txt", lambda line: line[:30] + line[34:39], "release 6 or 7.0"),
    ],
)
def test_another_release_is_refused_by_name(name: str, change: "object", release: str, tmp_path: Path) -> None:
    folder = clean(tmp_path)
    lines = (folder / name).read_bytes().split(b"\r\n")
    (folder / name).write_bytes(b"\r\n".join(change(line) if line else line for line in lines))  # type: ignore[operator]
    outcome = checked(folder)
    assert places(outcome) == {("F4", name, 1, None, "error")}
    assert f"as in {release} of" in outcome.findings["message"][0]


def test_a_table_with_separators_is_no_nat_file(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    (folder / ACTIVITY).write_bytes(b"rto,location,client,subject,program,start,end,mode,outcome,funding\r\n" * 20)
    assert ("F4", ACTIVITY, 1, None, "error") in places(checked(folder))
    assert not {place for place in places(checked(folder)) if place[0].startswith("X")}


@pytest.mark.parametrize("kind", ["NAT00010", "NAT00060", "NAT00080", "NAT00085", "NAT00120"])
@pytest.mark.parametrize("cut", [True, False], ids=["in place", "with commas"])
def test_a_line_of_names_is_one_finding_and_no_record(kind: str, cut: bool, tmp_path: Path) -> None:
    path = clean(tmp_path) / f"{kind}.txt"
    edit(tmp_path, kind, 1, load_avetmiss().files[kind].places[1].name, "")
    fields = load_avetmiss().files[kind].places
    names = [field.name.replace("_", " ")[: field.length].ljust(field.length) for field in fields]
    line = "".join(names) if cut else ",".join(field.name for field in fields)
    records = path.read_bytes()
    before = places(checked(tmp_path))
    path.write_bytes(line.encode() + b"\r\n" + records)
    outcome = checked(tmp_path)
    moved = {(*place[:2], place[2] and place[2] + (place[1] == path.name), *place[3:]) for place in before}
    assert places(outcome) == moved | {("F4", path.name, 1, None, "error")}
    assert next(file.rows for file in outcome.files if file.name == path.name) == records.count(b"\r\n")


def test_fixes_are_laid_over_the_lines_before_any_rule(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    edit(folder, "NAT00120", 3, "delivery_mode_identifier", "303")
    assert places(checked(folder, fixes=[(ACTIVITY, 3, "delivery_mode_identifier", "NNN")])) == set()
    found = places(checked(folder, fixes=[(ACTIVITY, 3, "delivery_mode_identifier", "internal")]))
    assert ("L-length", ACTIVITY, 3, "delivery_mode_identifier", "error") in found
    for fix in (
        (ACTIVITY, 999, "delivery_mode_identifier", "NNN"),
        (ACTIVITY, 3, "mode", "NNN"),
        ("other", 1, "x", "y"),
    ):
        with pytest.raises(KeyError):
            checked(folder, fixes=[fix])


def test_blocks_give_the_same_as_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bundle(tmp_path, students=60, activities_per_student=12, seed=9, faults=12)
    whole = places(checked(tmp_path))
    monkeypatch.setattr(reading, "BLOCK", 1000)
    assert places(checked(tmp_path)) == whole
    assert whole


def test_any_bytes_end_in_findings_not_in_a_traceback(tmp_path: Path) -> None:
    noise = bytes(range(256)) * 40
    for kind in load_avetmiss().files:
        (tmp_path / f"{kind}.txt").write_bytes(noise)
    outcome = checked(tmp_path, keep=tmp_path / "kept")
    assert outcome.counts["error"] > 0
