"""A copy of the national register is read whole or refused with each fault's file, row, column and what to do."""

import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from testamur.service.synthetic import national
from testamur.training import comparing
from testamur.training.copies import BadCopy
from testamur.training.layout import SHEETS
from testamur.training.reading import read_copy
from tests.architecture.source import PROJECT

SHIPPED = PROJECT / "testamur" / "training" / "data" / "national"
FILES = {
    "snapshot.json": json.dumps(
        {"format": "national-register/1", "taken_on": "2026-11-20", "source": "Made up", "synthetic": True}
    ),
    "products.csv": "code,kind,title,parent_code,parent_title,descriptor,streams,sector\n"
    "Q1,qualification,Certificate III in Kites,KIT,Kites,Kite Making,Paper; Silk,vet\n"
    "Q2,qualification,Certificate III in Kite Craft,KIT,Kites,,,vet\n"
    "U1,unit,Fold paper,KIT,Kites,,,vet\n"
    "U2,unit,Tie knots,KIT,Kites,,,vet\n"
    "U3,unit,Read wind,KIT,Kites,,,vet\n",
    "releases.csv": "code,release,released,units_required\n"
    "Q1,1,2020-01-01,3\nQ2,1,2026-01-01,\nU1,1,2019-01-01,\nU2,1,2019-01-01,\nU3,1,2019-01-01,\n",
    "statuses.csv": "code,status,from,until,reason\n"
    "Q1,current,2020-01-01,2026-01-01,\nQ1,superseded,2026-01-01,,Review\nQ2,current,2026-01-01,,\n"
    "U1,current,2019-01-01,,\nU2,current,2019-01-01,,\nU3,current,2019-01-01,,\n",
    "packaging.csv": "code,release,group,title,kind,choose_least,choose_most\n"
    "Q1,1,CORE,Core,core,1,1\nQ1,1,A,Electives,elective,1,2\n",
    "grid.csv": "code,release,group,unit\nQ1,1,CORE,U1\nQ1,1,A,U2\nQ1,1,A,U3\n",
    "mappings.csv": 'code,replaced_by,equivalent,on,note\nQ1,Q2,Y,2026-01-01,"Same, with silk"\n',
    "scope.csv": "provider,code,from,until,extent,implicit,refused,conditions\n"
    "41234,Q1,2020-02-01,,deliver and assess,N,N,\nPRV12345,Q2,2026-02-01,2026-12-31,deliver,N,N,\n",
}


def written(folder: Path, **changed: str | None) -> Path:
    """Write the small copy, some files with other text, None left out; names stand with an underscore for the point."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**FILES, **{key.replace("_", "."): text for key, text in changed.items()}}.items():
        if text is not None:
            (folder / name).write_text(text, "utf-8")
    return folder


def faults(folder: Path) -> list[tuple[str | None, int | None, str | None]]:
    """Return where a copy's faults are; each says what to do."""
    with pytest.raises(BadCopy) as problem:
        read_copy(folder)
    assert all(finding.message and finding.fix for finding in problem.value.findings)
    return [(finding.file, finding.row, finding.column) for finding in problem.value.findings]


def test_a_copy_is_read_with_its_types(tmp_path: Path):
    copy = read_copy(written(tmp_path))
    assert copy.facts.taken_on == date(2026, 11, 20)
    assert copy.counts["products"] == 5
    assert copy.frames["mappings"].row(0, named=True) == {
        "row": 2, "code": "Q1", "replaced_by": "Q2", "equivalent": True, "on": date(2026, 1, 1), "note": "Same, with silk",
    }  # fmt: skip
    assert set(copy.files) == set(FILES)


@pytest.mark.parametrize("folder_in_zip", ["", "copy/"])
def test_a_zip_holds_the_same_copy(tmp_path: Path, folder_in_zip: str):
    folder = written(tmp_path / "copy")
    with zipfile.ZipFile(tmp_path / "copy.zip", "w") as archive:
        for name in FILES:
            archive.write(folder / name, f"{folder_in_zip}{name}")
    assert read_copy(tmp_path / "copy.zip").digest == read_copy(folder).digest


def test_json_lines_hold_the_same_rows(tmp_path: Path):
    plain = read_copy(written(tmp_path / "csv"))
    lines = [
        {"code": "Q1", "kind": "qualification", "title": "Certificate III in Kites", "parent_code": "KIT",
         "parent_title": "Kites", "descriptor": "Kite Making", "streams": ["Paper", "Silk"], "sector": "vet"},
        *({"code": code, "kind": kind, "title": title, "parent_code": "KIT", "parent_title": "Kites", "sector": "vet"}
          for code, kind, title in [("Q2", "qualification", "Certificate III in Kite Craft"), ("U1", "unit", "Fold paper"),
                                    ("U2", "unit", "Tie knots"), ("U3", "unit", "Read wind")]),
    ]  # fmt: skip
    text = "\n".join(json.dumps(line) for line in lines)
    other = read_copy(written(tmp_path / "json", products_csv=None, products_jsonl=text))
    assert comparing.product_digests(plain.frames) == comparing.product_digests(other.frames)


def _with(name: str, old: str, new: str) -> dict[str, str]:
    """Return one file with a text replaced, which must stand there."""
    assert old in FILES[name]
    return {name.replace(".", "_"): FILES[name].replace(old, new, 1)}


FAULTS: dict[str, tuple[dict[str, str | None], tuple[str, int | None, str | None]]] = {
    "no snapshot": ({"snapshot_json": None}, ("snapshot.json", None, None)),
    "snapshot no json": ({"snapshot_json": "{"}, ("snapshot.json", None, None)),
    "other format": (_with("snapshot.json", "register/1", "register/9"), ("snapshot.json", None, "format")),
    "no source": (_with("snapshot.json", "Made up", " "), ("snapshot.json", None, "source")),
    "no day": (_with("snapshot.json", "2026-11-20", "20 Nov"), ("snapshot.json", None, "taken_on")),
    "file missing": ({"grid_csv": None}, ("grid.csv", None, None)),
    "file twice": ({"grid_jsonl": ""}, ("grid.csv", None, None)),
    "column missing": (_with("grid.csv", ",unit\n", "\n"), ("grid.csv", 1, "unit")),
    "column unknown": (_with("grid.csv", ",unit\n", ",unit,extra\n"), ("grid.csv", 1, "extra")),
    "ragged row": (_with("products.csv", "Fold paper,", "Fold, paper,"), ("products.csv", 4, None)),
    "open quote": (_with("mappings.csv", "silk\"", "silk"), ("mappings.csv", None, None)),
    "cell empty": (_with("products.csv", "U1,unit,Fold paper", "U1,unit,"), ("products.csv", 4, "title")),
    "kind unknown": (_with("products.csv", "U1,unit", "U1,gadget"), ("products.csv", 4, "kind")),
    "code shape": (_with("scope.csv", "41234,Q1", "41234,q 1"), ("scope.csv", 2, "code")),
    "provider shape": (_with("scope.csv", "41234", "ABC"), ("scope.csv", 2, "provider")),
    "no such day": (_with("statuses.csv", "Q2,current,2026-01-01", "Q2,current,2026-02-30"), ("statuses.csv", 4, "from")),
    "no number": (_with("packaging.csv", "elective,1,2", "elective,one,2"), ("packaging.csv", 3, "choose_least")),
    "no flag": (_with("mappings.csv", "Q2,Y", "Q2,maybe"), ("mappings.csv", 2, "equivalent")),
    "too long": (_with("products.csv", "Fold paper", "x" * 241), ("products.csv", 4, "title")),
    "twice": (_with("products.csv", "U2,unit", "U1,unit"), ("products.csv", 5, "code")),
    "unknown product": (_with("statuses.csv", "Q2,current", "Q9,current"), ("statuses.csv", 4, "code")),
    "unknown replacement": (_with("mappings.csv", "Q1,Q2", "Q1,Q9"), ("mappings.csv", 2, "replaced_by")),
    "unit that is none": (_with("grid.csv", "A,U2", "A,Q2"), ("grid.csv", 3, "unit")),
    "unknown release": (_with("grid.csv", "Q1,1,A,U2", "Q1,7,A,U2"), ("grid.csv", 3, "release")),
    "unknown group": (_with("grid.csv", "1,A,U2", "1,Z,U2"), ("grid.csv", 3, "group")),
    "backwards": (_with("scope.csv", "2026-12-31", "2026-01-31"), ("scope.csv", 3, "until")),
    "overlap": (_with("statuses.csv", "2026-01-01,\nQ1", "2026-01-02,\nQ1"), ("statuses.csv", 3, "from")),
    "no status": (_with("statuses.csv", "U3,current,2019-01-01,,\n", ""), ("products.csv", 6, "code")),
    "no release": (_with("releases.csv", "U3,1,2019-01-01,\n", ""), ("products.csv", 6, "code")),
    "superseded by nothing": ({"mappings_csv": FILES["mappings.csv"].partition("\n")[0]}, ("statuses.csv", 3, "status")),
    "replaces itself": (_with("mappings.csv", "Q1,Q2", "Q1,Q1"), ("mappings.csv", 2, "replaced_by")),
    "unit with packaging": (
        {**_with("packaging.csv", "Q1,1,A,", "U1,1,A,"), "grid_csv": "code,release,group,unit\nQ1,1,CORE,U1\n"},
        ("packaging.csv", 3, "code"),
    ),
    "core of another size": (_with("packaging.csv", "core,1,1", "core,2,2"), ("packaging.csv", 2, "choose_least")),
    "too few electives": (_with("packaging.csv", "elective,1,2", "elective,1,3"), ("packaging.csv", 3, "choose_least")),
    "least above most": (_with("packaging.csv", "elective,1,2", "elective,2,1"), ("packaging.csv", 3, "choose_most")),
    "listed elsewhere": (_with("packaging.csv", "elective,1,2", "elsewhere,1,2"), ("packaging.csv", 3, "kind")),
    "total missing": (_with("releases.csv", "Q1,1,2020-01-01,3", "Q1,1,2020-01-01,"), ("releases.csv", 2, "units_required")),
    "total impossible": (_with("releases.csv", "2020-01-01,3", "2020-01-01,4"), ("releases.csv", 2, "units_required")),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_where_it_is(tmp_path: Path, name: str):
    changed, place = FAULTS[name]
    assert place in faults(written(tmp_path, **changed))


def test_text_that_is_not_utf_8_is_said(tmp_path: Path):
    folder = written(tmp_path)
    (folder / "products.csv").write_bytes(FILES["products.csv"].replace("Fold", "Fôld").encode("latin-1"))
    assert faults(folder) == [("products.csv", None, None)]


@pytest.mark.parametrize("line", ["{", "[1]", '{"odd": 1}'])
def test_a_line_that_is_no_row_is_said(tmp_path: Path, line: str):
    folder = written(tmp_path, grid_csv=None, grid_jsonl=f"\n{line}\n")
    assert [place[:2] for place in faults(folder)] == [("grid.jsonl", 2)]


def test_a_zip_with_a_strange_file_or_no_zip_at_all_is_refused(tmp_path: Path):
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 broken")
    assert faults(tmp_path / "no.zip") == [("no.zip", None, None)]
    with zipfile.ZipFile(tmp_path / "odd.zip", "w") as archive:
        archive.writestr("notes.txt", "hello")
    assert faults(tmp_path / "odd.zip") == [("notes.txt", None, None)]


def test_a_bomb_is_stopped(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("products.csv", b"0" * 40_000_000)
    assert faults(tmp_path / "bomb.zip") == [("products.csv", None, None)]


def test_a_change_is_named_by_its_part_and_nothing_else_changes(tmp_path: Path):
    old = read_copy(written(tmp_path / "old"))
    new = read_copy(written(tmp_path / "new", **_with("products.csv", "Tie knots", "Tie firm knots")))
    listed = frozenset(old.frames["products"]["code"])
    held, scopes = comparing.product_digests(old.frames), comparing.scope_digests(old.frames)
    found = comparing.differences(new.frames, held, listed, scopes)
    assert found.changed == {"U2": ("title, package, descriptor or streams",)}
    assert (found.added, found.unlisted, found.scopes) == ((), (), ())
    assert comparing.differences(old.frames, held, listed, scopes).none
    back = comparing.differences(old.frames, held, listed - {"U2"}, scopes)
    assert back.changed == {"U2": ("listed again",)}


def test_the_copy_that_ships_is_what_the_command_makes_and_is_large_enough(tmp_path: Path):
    national.write_register(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in SHIPPED.iterdir()
    }
    copy = read_copy(SHIPPED)
    kinds = dict(copy.frames["products"].group_by("kind").len().iter_rows())
    assert kinds["qualification"] >= 40
    assert kinds["unit"] >= 600
    assert set(copy.frames["statuses"]["status"]) == {"current", "superseded", "expired", "removed", "deleted"}
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 300_000
    assert copy.facts.synthetic


def test_another_seed_makes_another_register_that_is_whole_too(tmp_path: Path):
    national.write_register(tmp_path, seed=7, on=date(2027, 3, 1))
    assert read_copy(tmp_path).digest != read_copy(SHIPPED).digest


def test_the_page_of_the_layout_names_each_file_and_column():
    text = (PROJECT / "docs" / "formats" / "national-register.md").read_text("utf-8")
    missing = [
        f"{name}.{column}"
        for name, sheet in SHEETS.items()
        for column in sheet.columns
        if f"| {name}.csv | {column} |" not in text
    ]
    assert missing == []
