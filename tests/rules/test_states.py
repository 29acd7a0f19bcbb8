"""Machine: what may follow what, and the refusal of a table that does not hold."""

import pytest

from testamur.kernel.errors import Conflict
from testamur.kernel.states import Machine

LAMP = Machine(
    states=("off", "on", "broken"),
    initial="off",
    moves={"off": {"switch_on": "on"}, "on": {"switch_off": "off", "drop": "broken"}},
    notes={"broken": "Nothing mends it."},
)


def test_a_move_leads_to_the_next_state():
    assert LAMP.move("off", "switch_on") == "on"
    assert LAMP.move("on", "drop") == "broken"


def test_allowed_and_verbs_agree_with_the_moves():
    assert LAMP.verbs("on") == ("switch_off", "drop")
    assert LAMP.allowed("on", "drop")
    assert not LAMP.allowed("off", "drop")
    assert LAMP.verbs("broken") == ()


def test_a_move_that_the_table_lacks_is_a_conflict_naming_what_is_possible():
    with pytest.raises(Conflict, match=r"“drop” is not possible while the state is “off”\. Possible: switch on\."):
        LAMP.move("off", "drop")


def test_a_final_state_says_so():
    with pytest.raises(Conflict, match="this state is final"):
        LAMP.move("broken", "switch_on")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"states": ("a", "b"), "initial": "a", "moves": {"a": {"go": "c"}}}, "not in the list of states: c"),
        ({"states": ("a",), "initial": "z", "moves": {}}, "not in the list of states: z"),
        ({"states": ("a",), "initial": "a", "moves": {}, "notes": {"n": "?"}}, "not in the list of states: n"),
        ({"states": ("a", "b"), "initial": "a", "moves": {}}, "no chain of moves reaches: b"),
        ({"states": ("a", "a"), "initial": "a", "moves": {}}, "twice"),
    ],
)
def test_a_table_that_does_not_hold_is_refused(table, words):
    with pytest.raises(ValueError, match=words):
        Machine(**table)
