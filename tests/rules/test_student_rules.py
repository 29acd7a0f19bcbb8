"""Folding names: the short way of plain names gives what the long way gives."""

from hypothesis import given
from hypothesis import strategies as st

from testamur.students import rules

_PLAIN = st.text(st.characters(max_codepoint=127), max_size=30)


@given(_PLAIN)
def test_plain_names_fold_the_short_way_as_the_long_way(name: str) -> None:
    assert rules.fold_name(name) == rules._folded_at_length(name)


def test_a_short_way_that_kept_apostrophes_apart_would_be_caught() -> None:
    """The planted fault: an apostrophe parts words."""
    planted = rules._NO_ASCII_LETTERS.sub(" ", "o'brien")
    assert planted != rules._folded_at_length("O'Brien") == rules.fold_name("O'Brien") == "obrien"


def test_letters_of_other_scripts_and_marks_fold() -> None:
    assert rules.fold_name("Nguyễn Đặng") == "nguyen dang"
    assert rules.fold_name("Smith-Jones") == "smith jones"
    assert rules.fold_name("Straße’s") == "strasses"
