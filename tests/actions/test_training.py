"""Copies of the national register in the database: all or nothing, what changed and no more, history, scope, permanence."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, connections, transaction
from psycopg.errors import CheckViolation

from testamur.kernel.errors import NotAllowed, NotFound, Refusal
from testamur.service import cli
from testamur.training import actions as training_actions
from testamur.training.models import Product, ProductVersion, ScopeStatement, Snapshot
from testamur.training.queries import products, scope
from tests import training
from tests.build import NOW, OPERATOR

pytestmark = pytest.mark.django_db

ON = date(2026, 7, 1)
LATER = date(2026, 6, 30)
OLD, NEW, UNIT = "ZZE30119", "ZZE30125", "ZZEKIL211"


def load(path: Path) -> training_actions.Loaded:
    return training_actions.load_release(path, by=OPERATOR, at=NOW, on=ON)


def test_a_copy_is_loaded_once_and_the_same_again_changes_nothing():
    loaded = training.load()
    assert loaded.changes["added"] == Product.objects.count() == loaded.counts["products"]
    assert not loaded.already
    again = training.load()
    assert again.already
    assert again.snapshot_id == loaded.snapshot_id
    assert Snapshot.objects.count() == 1


def test_a_later_copy_writes_versions_of_what_changed_only_and_history_answers(tmp_path: Path):
    training.load()
    title = products.product_on(UNIT, ON).title

    def edit(name: str, text: str) -> str:
        if name == "products.csv":
            lines = [line for line in text.split("\n") if not line.startswith("YYB-NURS,")]
            return "\n".join(lines).replace(f"{UNIT},unit,{title},", f"{UNIT},unit,Fire kilns,")
        if name in ("releases.csv", "statuses.csv"):
            return "\n".join(line for line in text.split("\n") if not line.startswith("YYB-NURS,"))
        return text.replace("\n41234,ZZA30118,2019-07-01,,", "\n41234,ZZA30118,2019-07-01,2026-06-01,")

    loaded = load(training.changed(tmp_path, edit, taken_on=LATER))
    assert dict(loaded.changes) == {"added": 0, "changed": 1, "unlisted": 1, "scopes": 1}
    assert ProductVersion.objects.filter(snapshot=loaded.snapshot_id).count() == 2
    assert ScopeStatement.objects.filter(snapshot=loaded.snapshot_id).count() == 1

    assert products.product_on(UNIT, ON).title == "Fire kilns"
    assert products.product_on(UNIT, ON, known_on=training.TAKEN_ON).title == title
    assert products.find_product_on(UNIT, ON, known_on=date(2026, 6, 1)) is None
    gone = products.product_on("YYB-NURS", ON)
    assert not gone.listed
    assert gone.status == "current"
    assert products.product_on("YYB-NURS", ON, known_on=training.TAKEN_ON).listed
    assert [each.listed for each in products.versions_of("YYB-NURS", ON)] == [True, False]

    assert scope.in_scope_on(["41234"], "ZZA30118", ON) is None
    assert scope.in_scope_on(["41234"], "ZZA30118", date(2026, 5, 31)) is not None
    assert scope.in_scope_on(["041234"], "ZZA30118", ON, known_on=training.TAKEN_ON) is not None
    assert scope.in_scope_on(["90142"], "ZZA30118", ON) is not None
    assert scope.in_scope_on(["41234"], "YYB-ARTS", ON) is None


def test_a_copy_with_a_fault_leaves_nothing_behind(tmp_path: Path):
    def edit(name: str, text: str) -> str:
        return text.replace(",vet\n", ",zoo\n", 1) if name == "products.csv" else text

    with pytest.raises(Refusal) as refused:
        load(training.changed(tmp_path, edit, taken_on=LATER))
    (finding,) = refused.value.findings
    assert (finding.file, finding.row, finding.column) == ("products.csv", 2, "sector")
    assert not Snapshot.objects.exists()
    assert not Product.objects.exists()


def test_an_older_copy_and_one_of_tomorrow_are_refused():
    training.load(taken_on=LATER)
    for day in (date(2026, 7, 2), date(2026, 6, 29)):
        with pytest.raises(NotAllowed):
            load_as_of(day)
    load_as_of(LATER)


def load_as_of(day: date) -> None:
    """Load another copy, taken on a day."""
    copy = training.shipped()
    other = replace(copy, facts=replace(copy.facts, taken_on=day), files={**copy.files, "snapshot.json": "0" * 64})
    training_actions.load_copy(other, by=OPERATOR, at=NOW, on=ON)


def test_a_fault_in_the_middle_of_writing_takes_everything_back(tmp_path: Path):
    """A copy that breaks a constraint of the last table leaves none of the first."""
    copy = training.shipped()
    scopes = copy.frames["scope"]
    copy = replace(copy, frames={**copy.frames, "scope": scopes.with_columns(until=scopes["from"])})
    with pytest.raises(CheckViolation), transaction.atomic():
        training_actions.load_copy(copy, by=OPERATOR, at=NOW, on=date(2026, 12, 1))
    assert not Snapshot.objects.exists()
    assert not Product.objects.exists()


def test_packaging_replacement_and_finding():
    training.load()
    packaging = products.packaging_of(NEW)
    assert packaging is not None
    core = next(group for group in packaging.groups if group.kind == "core")
    assert core.choose_least == len(core.units)
    assert set(core.units) < set(products.units_of(NEW))
    assert set(packaging.titles) == set(products.units_of(NEW))
    elective = next(group for group in packaging.groups if group.group == "A")
    lacking = packaging.lacking(core.units + elective.units[:1])
    assert lacking.groups == (("A", 1),)
    assert not lacking.complete
    assert products.packaging_of(NEW, "9") is None
    assert products.packaging_of(UNIT) is None
    assert NEW in {line.code for line in products.packed_in(core.units[0], ON)}

    (replacement,) = products.replacement_of(OLD)
    assert replacement.code == NEW
    assert [line.code for line in products.replaces(NEW, ON)] == [OLD]
    with pytest.raises(NotFound):
        products.replacement_of("NOPE")

    assert [line.code for line in products.search_products("zze301", ON)] == [OLD, NEW]
    assert NEW in {line.code for line in products.search_products("studio ceram", ON, kinds=["qualification"])}
    assert products.search_products("z", ON) == []
    assert [line.code for line in products.search_products("ZZE301", ON, codes=[NEW])] == [NEW]


def test_first_releases_of_units_are_those_of_the_demo():
    training.load()
    table = dict(products.first_released().iter_rows())
    assert table["ZZORC201"] == date(2012, 12, 8)
    assert table["ZZSHE501"] == date(2011, 9, 6)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE training_productversion SET title = 'x'",
        "DELETE FROM training_productstatus",
        "UPDATE training_scopeitem SET valid_until = NULL",
        "DELETE FROM training_snapshot",
        "UPDATE training_supersession SET equivalent = true",
        "DELETE FROM training_packagedunit",
    ],
)
def test_what_a_copy_said_refuses_change(statement: str):
    training.load()
    with pytest.raises(DatabaseError), transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(statement)


def test_the_command_loads_shows_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    monkeypatch.setattr(cli, "open_site", lambda: None)
    folder = tmp_path / "copy"
    assert cli.main(["training", "make", str(folder), "--seed", "3", "--on", "2026-01-05"]) == 0
    capsys.readouterr()
    assert cli.main(["training", "load", str(folder), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["taken_on"] == "2026-01-05"
    assert said["changes"]["added"] == said["rows"]["products"]
    assert cli.main(["training", "load", str(folder)]) == 0
    assert "Nothing was changed" in capsys.readouterr().out

    assert cli.main(["training", "show", "ZZA30118", "--on", "2026-01-05", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["status"] == "current"
    assert shown["packaging"]["groups"][0]["kind"] == "core"
    assert cli.main(["training", "show", "zza30118"]) == 0
    assert "Certificate III in Orchard Practice" in capsys.readouterr().out
    assert cli.main(["training", "show", "NOPE"]) == 1

    (folder / "grid.csv").unlink()
    assert cli.main(["training", "load", str(folder)]) == 1
    assert "grid.csv: The file is missing." in capsys.readouterr().err
    assert cli.main(["training", "load", str(folder), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["file"] == "grid.csv"
    assert cli.main(["training", "load", str(tmp_path / "none")]) == 2
