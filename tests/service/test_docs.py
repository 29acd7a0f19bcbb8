"""The generated pages are complete, the same every time, and a stale one is found."""

import argparse
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from testamur.kernel.states import Machine
from testamur.rulebook import tables
from testamur.service import filerules
from testamur.service.commands import docs as command
from testamur.service.docs import assembly, drawing, file_pages, rule_pages, state_pages

LAMP = Machine(
    states=("switched_off", "on", "broken"),
    initial="switched_off",
    moves={"switched_off": {"switch_on": "on"}, "on": {"switch_off": "switched_off", "dim": "on", "drop": "broken"}},
    notes={"broken": "Nothing | mends it."},
)


@pytest.fixture
def fresh(tmp_path):
    """Return a docs folder in which every page has just been written."""
    assembly.write(tmp_path)
    return tmp_path


def test_the_pages_of_the_checkout_are_fresh():
    assert assembly.stale() == []


def test_the_same_product_gives_the_same_pages():
    assert assembly.pages() == assembly.pages()


def test_pages_just_written_are_fresh_and_writing_again_changes_nothing(fresh):
    assert assembly.stale(fresh) == []
    assert assembly.write(fresh) == []


def test_every_ruleset_and_machine_has_its_pages():
    paths = set(assembly.pages())
    assert {f"rules/{name}.md" for name in tables.rulesets()} <= paths
    assert {f"facts/{name}.json" for name in tables.rulesets()} <= paths
    assert "states/providers-registration.svg" in paths


@pytest.mark.parametrize("page", ["rules/extract.md", "facts/extract.json", "states/providers-registration.svg"])
def test_a_page_changed_by_hand_is_stale_and_is_written_again(fresh, page):
    before = (fresh / page).read_text()
    (fresh / page).write_text(before.replace("e", "E", 1))
    assert assembly.stale(fresh) == [page]
    assert assembly.write(fresh) == [page]
    assert (fresh / page).read_text() == before


def test_a_missing_page_and_one_that_is_no_text_are_stale(fresh):
    (fresh / "rules/extract.md").unlink()
    (fresh / "facts/extract.json").write_bytes(b"\xff\xfe")
    assert assembly.stale(fresh) == ["facts/extract.json", "rules/extract.md"]


def test_a_page_that_is_no_longer_written_is_stale_and_goes(fresh):
    (fresh / "states/forgotten.md").write_text("old")
    assert assembly.stale(fresh) == ["states/forgotten.md"]
    assembly.write(fresh)
    assert not (fresh / "states/forgotten.md").exists()


def test_the_check_exits_1_and_names_the_stale_page(fresh, capsys):
    assert command.run(options(check=True), fresh) == 0
    (fresh / "rules/extract.md").write_text("other")
    assert command.run(options(check=True), fresh) == 1
    assert "stale: docs/rules/extract.md" in capsys.readouterr().out
    assert (fresh / "rules/extract.md").read_text() == "other"
    assert command.run(options(check=False), fresh) == 0
    assert assembly.stale(fresh) == []


def options(**given):
    """Return parsed options."""
    return argparse.Namespace(**given)


# The rules' page ------------------------------------------------------------------------------------------------


def test_the_extract_page_holds_every_message_source_and_reasoning():
    table = tables.load("extract", tables.versions("extract")[-1])
    page = rule_pages.ruleset_page(table)
    for rule in table.rules:
        assert f"> {rule.message}" in page
        assert rule.source in page
        assert rule.reasoning in page
    for row in (
        "| other |  |  |  |  |  |  |  |  | **LOCK** |",
        "| self | vet | false, absent |  |  |  |  |  |  | **REFUSE_REDIRECT** |",
    ):
        assert row in page


def test_a_bar_in_a_cell_does_not_break_the_grid():
    assert rule_pages.grid(("a", "b"), [("x|y", "z")]).splitlines()[2] == "| x&#124;y | z |"


# The drawing ----------------------------------------------------------------------------------------------------


def test_the_drawing_is_well_formed_and_names_every_state_and_verb():
    svg = ElementTree.fromstring(drawing.drawing("States of: lamp <1>", LAMP))
    texts = [element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["switched", "off", "on", "broken", "switch on", "switch off", "dim", "drop"]
    assert svg.find("{http://www.w3.org/2000/svg}title").text == "States of: lamp <1>"
    assert "From on: switch off leads to switched off" in svg.find("{http://www.w3.org/2000/svg}desc").text


def test_no_two_labels_of_a_line_touch():
    for machine in [LAMP, *state_pages.machines().values()]:
        columns = drawing._columns(machine)
        for row in drawing._rows(drawing._arrows(machine, columns)):
            spans = sorted(arrow.span for arrow in row)
            assert all(left[1] < right[0] for left, right in pairwise(spans))


def test_the_page_of_a_machine_says_what_the_drawing_says():
    page = state_pages.machine_page("house-lamp", LAMP)
    assert "| switched off | first |  |" in page
    assert "| broken | final | Nothing &#124; mends it. |" in page
    assert "| on | `dim` | on |" in page
    assert "![" in page
    assert "(house-lamp.svg)" in page


# The files' page ------------------------------------------------------------------------------------------------


def test_the_files_page_holds_every_case_and_lists_where_the_profiles_differ():
    rules = filerules.file_rules("teqsa")
    whole, _, differences = file_pages.format_page("teqsa").partition("## Where the profiles differ")
    assert all(rule.message in whole for rule in rules)
    listed = [f"| {rule.file} | {rule.rule} | {rule.column or ''} |" for rule in rules if rule.differs]
    assert all(line in differences for line in listed)
    assert differences.count("\n|") - 2 == len(listed) > 0
    assert any(rule.rule == "N3a" and rule.tolerant == "warning" for rule in rules if rule.differs)


def test_no_blank_of_a_message_stands_open_in_the_list():
    assert not [rule for rule in filerules.file_rules("teqsa") if "{" in rule.message + rule.fix]
