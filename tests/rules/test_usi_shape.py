"""Shape and check character of a USI: the value's form and the column's form agree, on public vectors and at random (USI-09)."""

import random
from collections.abc import Callable

import polars as pl
import pytest

from testamur.kernel.usi import USI_ALPHABET, bad_usi, check_character, is_exemption_code, parse_usi

_PUBLIC = (
    "PCVA64XU3D ZTCP6RPU6M KLP2ZP6NCW G2RN4G89SD SYWQ7D4YBT CVPZXK7N9H QBK9UZYQNJ W2NBT2FW66 TSXEDK8HVP XNY5NV9WG9 "
    "HQ9HHNJC3J 22A99SQAP5 22AR5X7BUG BNGH7C75FN BP6LKB3C7X DG6K5YHPP3 PDGGW5XLXW RVJ5DM8LXJ U6Q8JN6UD9"
)
VECTORS = _PUBLIC.split()
WRONG = ["XNY5NV9WG8", "23456789AB", "2222222222", "PCVA64XU3", "PCVA64XU3DD", "PCVA64XU30", "", "漢" * 10, "ſ" * 10]


def disagreements(cells: list[str], one: Callable[[str], str | None] = parse_usi) -> list[str]:
    """Return the cells on which the form for one value and the form for a column disagree."""
    bad = bad_usi(pl.Series(cells, dtype=pl.String))
    return [cell for cell, wrong in zip(cells, bad, strict=True) if wrong != (one(cell) is None)]


def test_the_nineteen_public_numbers_pass_both_forms() -> None:
    assert len(VECTORS) == 19
    assert [parse_usi(one) for one in VECTORS] == VECTORS
    assert not bad_usi(pl.Series(VECTORS)).any()
    assert [check_character(one[:9]) for one in VECTORS] == [one[9] for one in VECTORS]


@pytest.mark.parametrize("typed", WRONG)
def test_wrong_numbers_fail_both_forms(typed: str) -> None:
    assert parse_usi(typed) is None
    assert bad_usi(pl.Series([typed])).to_list() == [True]


def test_small_letters_and_spaces_around_are_forgiven() -> None:
    assert parse_usi(" pcva64xu3d ") == "PCVA64XU3D"
    assert not bad_usi(pl.Series([" pcva64xu3d "])).any()


def test_both_forms_agree_on_random_numbers() -> None:
    chance = random.Random(20260701)
    signs = USI_ALPHABET + "01IOio -é"
    made = ["".join(chance.choices(USI_ALPHABET, k=9)) for _ in range(3_000)]
    right = [data + check_character(data) for data in made]
    near = [data + chance.choice(USI_ALPHABET) for data in made]
    far = ["".join(chance.choices(signs, k=chance.randint(8, 12))) for _ in range(3_000)]
    assert all(parse_usi(one) == one for one in right)
    assert disagreements([*right, *near, *far]) == []


def test_every_wrong_character_is_caught() -> None:
    for number in VECTORS[:4]:
        for place in range(10):
            others = [number[:place] + sign + number[place + 1 :] for sign in USI_ALPHABET if sign != number[place]]
            assert bad_usi(pl.Series(others)).all()


def test_a_form_that_drifts_is_caught() -> None:
    def without_check(cell: str) -> str | None:
        return cell if len(cell) == 10 and not set(cell) - set(USI_ALPHABET) else None

    assert disagreements(["XNY5NV9WG8", *VECTORS], without_check) == ["XNY5NV9WG8"]
    assert disagreements([*VECTORS, " pcva64xu3d "], without_check) == [" pcva64xu3d "]


def test_exemption_codes_are_no_numbers() -> None:
    assert [is_exemption_code(one) for one in ("INTOFF", " indiv ", "SHORT", "PCVA64XU3D")] == [
        True,
        True,
        False,
        False,
    ]
    assert [parse_usi(one) for one in ("INTOFF", "INDIV")] == [None, None]
