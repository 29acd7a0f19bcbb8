from datetime import date

import pytest

from testamur.documents.certification.wording import certification_wording, sets, versions
from testamur.kernel.errors import NotFound


@pytest.mark.parametrize("name", sets())
def test_every_sentence_names_its_source(name):
    for wording in versions(name):
        assert wording.authority
        assert wording.sentences
        assert all(sentence.text and sentence.source for sentence in wording.sentences.values())


def test_the_words_are_those_of_the_day_of_original_issue():
    old, new = (certification_wording("nvr", day).text("attainment") for day in (date(2025, 6, 30), date(2025, 7, 1)))
    assert old.startswith("A statement of attainment is issued by a Registered Training Organisation")
    assert new.startswith("A VET statement of attainment is issued by an NVR registered training organisation")


@pytest.mark.parametrize("name", ["wa-vet", "vic-vet"])
def test_a_state_regulator_s_provider_is_not_called_an_nvr_organisation(name):
    assert "NVR" not in certification_wording(name, date(2026, 1, 1)).text("attainment")


def test_gaps_are_filled():
    wording = certification_wording("nvr", date(2026, 1, 1))
    expected = "These competencies were attained in completion of 22334VIC course in Course in Ropes"
    assert wording.text("completion_of", code="22334VIC", title="Course in Ropes") == expected


def test_what_was_never_in_force_is_refused_with_what_to_do():
    with pytest.raises(NotFound, match="Add documents/wording/nvr"):
        certification_wording("nvr", date(2014, 12, 31))
    with pytest.raises(NotFound, match="teqsa"):
        versions("elsewhere")
    with pytest.raises(NotFound, match="no sentence"):
        certification_wording("teqsa", date(2026, 1, 1)).text("attainment")
