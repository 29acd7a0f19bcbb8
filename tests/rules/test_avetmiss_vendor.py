"""A vendor's test files give the findings that were read by hand (tests/vectors/avetmiss8/README.md says why)."""

import json
from pathlib import Path

import pytest

from tests.rules.nat_samples import checked

HERE = Path(__file__).parent.parent / "vectors" / "avetmiss8"
EXPECTED = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))


def test_every_file_has_an_expectation_and_the_other_way_round() -> None:
    assert {file.name for file in (HERE / "vendor").iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_gives_what_was_read_by_hand(name: str) -> None:
    outcome = checked(HERE / "vendor" / name)
    found = [[item.rule, str(item.severity), item.file, item.row, item.column] for item in outcome]
    wanted = EXPECTED[name]
    assert found == wanted["findings"]
    assert (outcome.recognised, outcome.state, outcome.year) == (wanted["recognised"], wanted["state"], wanted["year"])
