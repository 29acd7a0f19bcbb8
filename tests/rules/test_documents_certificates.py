"""The part of an extract that says what the provider issued, and tables whose columns hold what was lodged."""

from dataclasses import replace
from datetime import date

import pypdfium2
import pytest

from testamur.documents.archival import check_archival
from testamur.documents.extract import ProviderCertificate, content_of, render_extract
from testamur.documents.guard import check_extract
from testamur.documents.provenance import Provenance, letters_of, printed_sources
from testamur.documents.reading import body_text
from testamur.documents.render import render
from testamur.documents.years import years_pictured
from tests.rules.documents_samples import DAY, GOOD_USI, course, extract, unit

LINE = Provenance("NAT00120 file", "cd" * 32, 3, date(2026, 2, 3))
ISSUED = ProviderCertificate(
    kind="Testamur",
    number="P-0001",
    issued_on=date(2012, 12, 10),
    language="Vietnamese",
    course_code="BSB40407",
    course_title="Certificate IV in Small Business Management",
    units=(("BSBWOR501", "Manage personal work priorities"), ("BSBCUS401", "")),
    provenance=Provenance("CQR data file", "ef" * 32, 17, date(2026, 2, 4)),
)
COMPETENT = unit(
    code="BSBWOR501", title="Manage personal work priorities", status_words="Competent", mark=None, grade=None,
    grade_description=None, credit=None, year=2012, started=date(2012, 2, 1), ended=date(2012, 6, 30), provenance=LINE,
)  # fmt: skip


def vocational(*rows, **changes):
    """An extract of one vocational course with a certificate."""
    taught = course(0, code="BSB40407", title="Certificate IV in Small Business Management", units=rows)
    return extract(**{"courses": (taught,), "certificates": (ISSUED,), **changes})


def words(extracted) -> str:
    return " ".join(body_text(render_extract(extracted)).split())


def test_a_certificate_is_shown_with_number_day_language_units_and_source():
    text = words(vocational(COMPETENT))
    for said in ("Documents issued by the provider", "P-0001", "10 December 2012", "Vietnamese", "2 units achieved"):
        assert said in text
    for said in ("BSB40407 Certificate IV in Small Business Management", "BSBCUS401", "A 3", "B 17", "CQR data file"):
        assert said in text


def test_it_passes_the_guard_of_words_and_the_archival_rules():
    whole = vocational(COMPETENT)
    pdf = render_extract(whole)
    assert check_extract(whole, pdf) == ()
    assert check_archival(pdf) == ()


def test_a_kind_of_document_that_was_not_lodged_is_found_by_the_guard():
    pdf = render_extract(vocational(COMPETENT))
    found = check_extract(vocational(COMPETENT, certificates=()), pdf)
    assert {finding.rule for finding in found} == {"CQR-10"}


def test_a_number_shaped_like_an_identifier_is_printed_unless_it_is_the_persons_own():
    whole = extract(courses=(), certificates=(replace(ISSUED, number=GOOD_USI),))
    pdf = render_extract(whole)
    assert check_extract(whole, pdf) == ()
    assert "USI-05" in {finding.rule for finding in check_extract(whole, pdf, identifiers=[GOOD_USI])}


def test_content_kept_before_there_were_certificates_prints_the_same_bytes():
    before = content_of(extract())
    after = render("extract", before, day=DAY)
    for name in ("certificates",):
        before.pop(name)
    for shown in before["courses"]:
        shown.pop("columns")
        shown.pop("unit")
        for row in shown["units"]:
            row.pop("started")
            row.pop("ended")
    assert render("extract", before, day=DAY) == after


def test_a_column_of_which_nothing_was_lodged_is_not_printed():
    columns = content_of(vocational(COMPETENT))["courses"][0]["columns"]
    assert columns == ["code", "title", "status", "started", "ended", "source"]
    assert content_of(extract())["courses"][0]["columns"] == [
        "year", "code", "title", "status", "mark", "grade", "credit", "source",
    ]  # fmt: skip
    bare = replace(COMPETENT, title="", year=None, started=None, ended=None)
    assert content_of(vocational(bare))["courses"][0]["columns"] == ["code", "status", "source"]
    text = words(vocational(COMPETENT, certificates=()))
    assert "1 Feb 2012" in text
    assert "30 Jun 2012" in text
    assert "Mark" not in text


def test_one_unit_marked_keeps_the_column_for_all():
    text = words(vocational(COMPETENT, replace(COMPETENT, code="BSBCUS401", mark="71")))
    assert "Mark" in text
    assert "71" in text


def test_a_title_that_stands_in_the_table_is_not_said_again():
    assert words(vocational(COMPETENT)).count("Manage personal work priorities") == 1
    assert words(vocational()).count("Manage personal work priorities") == 1


def test_a_course_without_a_title_is_headed_by_its_code_once():
    content = content_of(extract(courses=(course(1, code="BSB40407", title=""),)))["courses"][0]
    assert content["title"] == "BSB40407"
    assert "BSB40407" not in content["line"]


def test_lines_of_two_files_that_say_the_same_stand_beside_each_other():
    other = Provenance("certificate register", "0a" * 32, 9, date(2026, 2, 5))
    letters = letters_of([LINE, other])
    assert printed_sources((LINE, other), letters) == "A 3, B 9"
    assert printed_sources((), letters) == "–"
    assert "A 3, B 9" in words(vocational(replace(COMPETENT, also=(other,)), certificates=()))


def test_thirty_files_have_thirty_letters():
    many = [replace(LINE, file_sha256=f"{number:064x}") for number in range(30)]
    assert list(letters_of(many).values())[24:28] == ["Y", "Z", "AA", "AB"]


def test_the_picture_marks_what_was_issued_and_says_so_in_words():
    both = years_pictured([(2011, "achieved"), (2012, "achieved")], [2012])
    assert (
        both["timeline_text"] == "Units by year of study. 2011: 1 achieved; 2012: 1 achieved, 1 issued by the provider."
    )
    alone = years_pictured([(None, "achieved")], [2012])
    assert alone["timeline_text"] == "By year of issue. 2012: 1 issued by the provider."
    assert (alone["has_issued"], alone["has_units"]) == (True, False)
    assert "has_issued" not in years_pictured([(2011, "achieved")])


@pytest.mark.parametrize(
    "number", ["W" * 60, "WRT/2012/CERT-IV-SMALL-BUSINESS/000000123456789", "1234567890123456789012"]
)
def test_long_numbers_languages_and_titles_stay_inside_the_margins(number):
    long = replace(ISSUED, number=number, language="English with interpreters of Yolŋu Matha", course_title="Q" * 90)
    document = pypdfium2.PdfDocument(render_extract(extract(courses=(), certificates=(long,))))
    page = document[0]
    text = page.get_textpage()
    rights = [text.get_charbox(index)[2] for index in range(text.count_chars())]
    width = page.get_width()
    text.close()
    page.close()
    document.close()
    assert max(rights) <= width - 22 * 72 / 25.4 + 1


def test_many_certificates_and_many_units_run_over_pages_with_their_head():
    units = tuple((f"BSBWOR{500 + index}", "") for index in range(40))
    many = tuple(replace(ISSUED, number=f"P-{index:04}", units=units) for index in range(30))
    text = body_text(render_extract(extract(courses=(), certificates=many)))
    assert [f"P-{index:04}" in text for index in range(30)] == [True] * 30
    assert text.count("Language") >= 4
    assert text.count("BSBWOR539") == 30
