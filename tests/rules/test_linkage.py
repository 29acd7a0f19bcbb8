"""What linkage proposes and what it must not: planted pairs that look alike and are not one person, placeholders, short forms."""

import logging
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from testamur.service import cli
from testamur.service.benches.linkage import measured
from testamur.service.synthetic.linkage import population
from testamur.students.linkage import engine, frame, model, proposing

GRACE = {
    "family_name": "Achterberg", "given_names": "Grace Mai", "former_names": [], "birth_earliest": date(1990, 2, 19),
    "birth_latest": date(1990, 2, 19), "birth_precision": "day", "birth_placeholder": False, "postcode": "4573",
    "email": None, "verified": None,
}  # fmt: skip
UNKNOWN = {"birth_earliest": date(1901, 1, 1), "birth_latest": date(1901, 1, 1)}


def rows(*people: dict[str, object]) -> pl.DataFrame:
    """Return people as raw rows, each at another provider, among a few hundred strangers."""
    planted = [
        {**GRACE, **person, "student_id": 900_000 + at, "provider_id": 9_000 + at} for at, person in enumerate(people)
    ]
    strangers = population(300, seed=5).students.head(150)
    return pl.concat([strangers, pl.DataFrame(planted, schema=frame.RAW, orient="row")])


def proposed(*people: dict[str, object]) -> bool:
    """Say whether the planted people are proposed to be one person."""
    pairs = proposing.pairs_to_propose(rows(*people))
    return (900_000, 900_001) in set(pairs.select("low", "high").iter_rows())


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"given_names": "Grace M", "postcode": "6725"},
        {"family_name": "ÁCHTERBERG"},
        {"family_name": "Grace", "given_names": "Achterberg Mai"},
        {"birth_earliest": date(1990, 2, 18), "birth_latest": date(1990, 2, 18)},
        {"birth_earliest": date(1990, 1, 1), "birth_latest": date(1990, 12, 31), "birth_precision": "year"},
        {"family_name": "Kealoha", "former_names": ["Achterberg"]},
        {"given_names": "Gráce"},
    ],
)
def test_one_person_is_proposed_whatever_other_hands_made_of_the_record(other: dict[str, object]) -> None:
    assert proposed({}, other)


@pytest.mark.parametrize(
    "other",
    [
        {"given_names": "Zoltan"},  # a twin at the same address
        {"given_names": "Zoltan", "family_name": "Kealoha"},
        {"birth_earliest": date(1961, 11, 3), "birth_latest": date(1961, 11, 3), "postcode": "6725"},
        {**UNKNOWN, "postcode": "6725"},
        {"family_name": "9999", "given_names": "9999", **UNKNOWN},
    ],
)
def test_a_pair_that_is_not_one_person_or_cannot_be_known_is_not_proposed(other: dict[str, object]) -> None:
    assert not proposed({}, other)


def test_two_verified_usis_that_differ_are_two_people_and_equal_ones_help() -> None:
    assert not proposed({"verified": "a"}, {"verified": "b"})
    assert proposed({"verified": "a"}, {"verified": "a", "family_name": "Kealoha"})


def test_placeholders_are_never_matched_on() -> None:
    assert not proposed({**UNKNOWN, "postcode": "9999"}, {**UNKNOWN, "postcode": "9999"})
    held = frame.compared(rows({**UNKNOWN, "family_name": "9999", "postcode": "0000", "email": "none"})).tail(1)
    row = held.row(0, named=True)
    nothing = ("family", "born", "born_turned", "born_month", "born_year", "postcode", "email")
    assert [row[name] for name in nothing] == [None] * 7


def test_students_of_one_provider_are_never_proposed() -> None:
    here = rows({}, {}).with_columns(provider_id=pl.lit(1, pl.Int32))
    assert proposing.pairs_to_propose(here).is_empty()


def test_an_address_of_an_office_says_nothing() -> None:
    people = [{"given_names": f"Name{'abcdefghij'[at]}", "email": "office@example.org"} for at in range(10)]
    assert frame.compared(rows(*people)).tail(10)["email"].null_count() == 10


def test_nothing_that_was_lodged_leaves_in_the_answer() -> None:
    assert set(proposing.pairs_to_propose(rows({}, {})).columns) == {
        "low", "high", "probability", "weight", *model.COMPARISONS,
    }  # fmt: skip


def test_no_line_is_logged_and_no_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.DEBUG):
        assert proposed({}, {})
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")
    assert "achterberg" not in caplog.text.lower()


def test_the_settings_of_both_engines_differ_in_nothing_but_the_two_words_for_lists() -> None:
    held = model.read_model()
    one, other = (str(model.settings(name, held).create_settings_dict(name)) for name in engine.ENGINES)
    former = "size(array_intersect(families_l, families_r)) > 0"
    assert former in other
    worded = other.replace(former, "len(list_intersect(families_l, families_r)) > 0")
    assert one == worded.replace("'sql_dialect': 'spark'", "'sql_dialect': 'duckdb'")


def test_an_engine_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no engine 'abacus'"), engine.opened("abacus"):
        pass


def test_a_model_made_for_other_comparisons_is_refused(tmp_path: Path) -> None:
    planted = tmp_path / "model.json"
    planted.write_text(model.read_model().written().replace('"one slip"', '"two slips"'))
    with pytest.raises(ValueError, match="made for other comparisons"):
        model.read_model(planted)


def test_the_same_seed_gives_the_same_students_and_another_seed_others() -> None:
    one = population(200, seed=3)
    assert one.students.equals(population(200, seed=3).students)
    assert not one.students.equals(population(200, seed=4).students)
    assert len(set(one.truth.values())) == 140
    assert one.true_pairs()


def test_precision_and_recall_count_pairs_and_see_a_planted_wrong_one() -> None:
    true = {(1, 2), (3, 4), (5, 6), (7, 8)}
    assert measured({(1, 2), (3, 4)}, true) == (1.0, 0.5)
    assert measured({(1, 2), (1, 3)}, true) == (0.5, 0.25)
    assert measured(set(), true) == (0.0, 0.0)


def test_training_gives_a_model_that_says_what_it_was_made_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_SAMPLED_PAIRS", 20_000)
    to = tmp_path / "model.json"
    assert cli.main(["linkage", "train", "--seed", "8", "--students", "400", "--to", str(to)]) == 0
    made = model.read_model(to)
    assert made.made_from == {"seed": 8, "students": 400}
    same, other = made.weights["birth"]["same day"], made.weights["birth"]["other"]
    assert same[0] > 0.5 > same[1]
    assert other[0] < 0.5 < other[1]
    assert str(to) in capsys.readouterr().out


def test_in_a_register_of_two_a_name_is_not_taken_for_a_common_one() -> None:
    planted = [{**GRACE, "student_id": 1 + at, "provider_id": 9_000 + at, "postcode": None} for at in range(2)]
    raw = pl.DataFrame(planted, schema=frame.RAW, orient="row")
    assert proposing.pairs_to_propose(raw).select("low", "high").rows() == [(1, 2)]
    other = raw.with_columns(pl.Series("given_names", ["Grace Mai", "Zoltan"]))
    assert proposing.pairs_to_propose(other).is_empty()
