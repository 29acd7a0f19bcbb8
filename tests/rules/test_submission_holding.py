"""When rows with errors may be held, and how what is held is counted and said."""

import pytest

from testamur.submissions.actions.holding import summary
from testamur.submissions.deciding import may_hold
from testamur.submissions.holding import Held
from testamur.submissions.states import SUBMISSION

COUNTS = {
    "rows": 9, "with_student": 3, "pdfs": 1, "good": 1200, "rules": [["V07", 6], ["V26", 3]], "whole_files": 0, "sealable": 1180,
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"whole_files": 2, "sealable": 5, "replace_all": False}, "2 errors are about whole files"),
        ({"whole_files": 0, "sealable": 0, "replace_all": False}, "No good row would be left"),
        ({"whole_files": 0, "sealable": 5, "replace_all": True}, "would be withdrawn"),
    ],
)
def test_each_reason_against_holding_refuses_and_says_what_to_do(asked, words):
    verdict = may_hold(**asked)
    assert not verdict.allowed
    assert words in verdict.reasons
    assert "heck again" in verdict.reasons or "again without" in verdict.reasons


def test_rows_may_be_held_where_the_rest_stands_for_itself():
    assert may_hold(whole_files=0, sealable=1, replace_all=False).allowed


def test_what_is_held_is_counted_until_later_submissions_have_sealed_it():
    held = Held.of(COUNTS)
    assert (held.all_rows, held.left) == (12, 12)
    assert summary(held) == "12 rows and 1 PDF held under V07 (6), V26 (3)"
    done = [{"submission": "x", "number": "A", "rows": 5}, {"submission": "y", "number": "B", "rows": 9}]
    assert Held.of(COUNTS | {"completed": done[:1]}).left == 7
    assert Held.of(COUNTS | {"completed": done}).left == 0
    assert Held.of({}) is None


def test_held_rows_lead_to_a_declaration_and_back_but_never_past_it():
    assert SUBMISSION.move("needs_fix", "hold") == "ready"
    assert SUBMISSION.move("ready", "stop_holding") == "needs_fix"
    assert all("hold" not in SUBMISSION.verbs(state) for state in SUBMISSION.states if state != "needs_fix")
