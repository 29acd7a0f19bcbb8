"""Who could be served after a closure: each reason has its planted student, and a clean neighbour is served."""

import polars as pl

from testamur.regulation import rehearsing

MATCHABLE = {
    "student_id": pl.Int64, "local_id": pl.String, "named": pl.Boolean, "born": pl.String, "twin": pl.Boolean,
}  # fmt: skip
SERVABLE = {"student_id": pl.Int64, "held": pl.Int64, "bare": pl.Boolean, "part": pl.String, "line": pl.Int64}


def found(people: list[tuple[object, ...]], held: list[tuple[object, ...]]) -> rehearsing.Rehearsed:
    return rehearsing.rehearsed(
        pl.DataFrame(people, schema=MATCHABLE, orient="row"), pl.DataFrame(held, schema=SERVABLE, orient="row")
    )


def test_each_planted_fault_is_found_and_the_clean_neighbour_is_served() -> None:
    people = [
        (1, "S1", True, "day", False),
        (2, "S2", False, "day", False),
        (3, "S3", True, "unknown", False),
        (4, "S4", True, "day", False),
        (5, "S5", True, "day", False),
        (6, "S6", False, "unknown", False),
    ]
    held = [
        (1, 2, False, "records", 2),
        (2, 1, False, "records", 9),
        (3, 1, False, "records", 4),
        (5, 1, True, "records", 5),
        (6, 0, False, "records", 6),
    ]
    said = found(people, held)
    assert said.students == 6
    assert {row["student_id"]: row["reasons"] for row in said.failing.to_dicts()} == {
        2: ["RH-01"],
        3: ["RH-02"],
        4: ["RH-03"],
        5: ["RH-04"],
        6: ["RH-01", "RH-02", "RH-03"],
    }
    assert said.failing["student_id"].to_list() == [3, 5, 6, 2, 4]
    assert dict(said.reasons) == {"RH-01": 2, "RH-02": 2, "RH-03": 2, "RH-04": 1}
    assert said.by_hand == 0


def test_a_birth_date_in_part_and_twins_are_served_by_hand() -> None:
    people = [(1, "S1", True, "part", False), (2, "S2", True, "day", True), (3, "S3", True, "day", False)]
    said = found(people, [(number, 1, False, "records", number) for number in (1, 2, 3)])
    assert (said.by_hand, len(said.failing)) == (2, 0)


def test_nobody_gives_nobody() -> None:
    said = found([], [])
    assert (said.students, len(said.failing), dict(said.reasons)) == (0, 0, dict.fromkeys(rehearsing.REASONS, 0))
