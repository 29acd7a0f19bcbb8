"""A state's form and a collection year are chosen only for files that have them, and among those that there are (SUB-13)."""

import pytest

from testamur.submissions import deciding
from testamur.submissions.formats import FORMATS

NAT = FORMATS["avetmiss8"]


@pytest.mark.parametrize("name", [*FORMATS])
def test_nothing_chosen_is_always_allowed(name: str) -> None:
    form = FORMATS[name]
    assert deciding.may_choose_form(form.title, form.states, form.years, state="", year=None).allowed


@pytest.mark.parametrize("state", ["", *NAT.states])
@pytest.mark.parametrize("year", [None, 1990, 2099])
def test_every_state_and_year_that_there_is_may_be_chosen(state: str, year: int | None) -> None:
    assert deciding.may_choose_form(NAT.title, NAT.states, NAT.years, state=state, year=year).allowed


@pytest.mark.parametrize(
    ("name", "state", "year", "said"),
    [
        ("avetmiss8", "vic", None, "There is no form of this state. Choose one of NSW, VIC"),
        ("avetmiss8", "", 1989, "from 1990 to 2099"),
        ("avetmiss8", "", 2100, "from 1990 to 2099"),
        ("avetmiss8", "", 0, "This is no collection year"),
        ("avetmiss8", "NZ", 19, "tell it then. This is no collection year"),
        ("cqr2", "VIC", None, "Files of “CQR data file 2.00” have no state’s form"),
        ("teqsa", "", 2019, "Leave out both"),
        ("certificates", "", 0, "choose the format of NAT files (avetmiss8)"),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_what_to_do(name: str, state: str, year: int | None, said: str) -> None:
    form = FORMATS[name]
    verdict = deciding.may_choose_form(form.title, form.states, form.years, state=state, year=year)
    assert not verdict.allowed
    assert said in verdict.reasons
    assert [finding.rule for finding in verdict.findings] == ["SUB-13"]
