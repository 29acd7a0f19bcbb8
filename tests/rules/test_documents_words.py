import re
from dataclasses import replace
from datetime import date
from io import BytesIO

import pikepdf
import pytest

from testamur.documents.extract import Holder, LodgedDocument, file_name, render_extract
from testamur.documents.guard import check_extract
from testamur.documents.reading import text_parts
from testamur.documents.rules import check_wording, is_usi
from testamur.documents.wording import wording_on
from testamur.kernel.errors import NotFound
from tests.rules.documents_samples import GOOD_USI, course, extract, number, rendered, unit


def found(parts, **arguments):
    return [(finding.rule, finding.column) for finding in check_wording(parts, **arguments)]


def changed(change) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(rendered())) as document:
        change(document)
        document.save(out)
    return out.getvalue()


def guarded(pdf=None, *, identifiers=(), **changes):
    """The rules that the guard names for an extract with some changes, or for a changed file of the usual one."""
    content = extract(**changes)
    pdf = pdf or render_extract(content)
    return [(finding.rule, finding.column) for finding in check_extract(content, pdf, identifiers=identifiers)]


# Whole extracts -------------------------------------------------------------------------------------------------------


def test_our_own_extract_passes():
    assert guarded(rendered()) == []
    assert guarded(rendered(), identifiers=[GOOD_USI]) == []


def test_lodged_data_may_name_other_documents():
    row = unit(title="Statement of attainment in first aid", grade_description="Certificate of merit")
    award = course(1, title="Graduate Certificate in Business", level="Graduate certificate", units=(row,))
    lodged = (LodgedDocument("Testamur", "9f" * 32, 1), LodgedDocument("Statement of attainment", "8f" * 32, 1))
    provider = replace(extract().provider, legal_name="The Certificate College Pty Ltd")
    assert guarded(courses=(award,), lodged=lodged, provider=provider) == []


def test_one_lodged_kind_does_not_excuse_a_second_use():
    lodged = (LodgedDocument("Testamur", "9f" * 32, 1),)
    assert guarded(lodged=lodged, notes=("This is your testamur.",)) == [("CQR-10", "text")]


def test_an_issuer_or_title_that_uses_the_word_is_refused_in_body_and_metadata():
    issuer = replace(extract().issuer, name="Testamur Register")
    rules = guarded(issuer=issuer)
    assert ("CQR-10", "text") in rules
    assert ("CQR-10", "metadata /Author") in rules
    assert ("CQR-10", "metadata /Title") in guarded(title="Certificate of results")


def test_a_note_with_the_frameworks_statement_is_refused():
    note = "The qualification is recognised within the Australian Qualifications Framework."
    assert guarded(notes=(note,)) == [("LOGO-01", "text")]


def test_the_file_name_is_only_the_number():
    assert file_name(number()) == f"extract-{number()}.pdf"


def test_an_identifier_as_student_number_is_refused():
    rules = guarded(holder=Holder("A B", "9 February 1990", GOOD_USI))
    assert ("USI-05", "text") in rules


def test_an_identifier_in_keywords_or_attachment_or_link_is_refused():
    def keywords(document):
        document.docinfo["/Keywords"] = f"results {GOOD_USI}"

    def attach(document):
        document.attachments["more.json"] = pikepdf.AttachedFileSpec(document, f'{{"x":"{GOOD_USI}"}}'.encode())

    def name(document):
        document.attachments[f"{GOOD_USI}.txt"] = pikepdf.AttachedFileSpec(document, b"x")

    def link(document):
        for page in document.pages:
            for annotation in page.get("/Annots", []):
                annotation.A.URI = pikepdf.String(f"https://register.example/{GOOD_USI}")

    assert guarded(changed(keywords)) == [("USI-05", "metadata /Keywords")]
    assert guarded(changed(attach)) == [("USI-05", "attachment more.json")]
    assert guarded(changed(name)) == [("USI-05", "attachment name")]
    assert guarded(changed(link)) == [("USI-05", "link")]


def test_a_disclaimer_that_is_missing_is_found():
    content = extract(issued_on=date(2026, 3, 14))
    parts = dict(text_parts(rendered(), file_name(content.number)))
    sentence = wording_on(content.issued_on).statements[1].text
    as_printed = re.compile(r"\s+".join(map(re.escape, sentence.split())))
    assert found(parts, required=[sentence]) == []
    parts["text"] = as_printed.sub("", parts["text"])
    assert found(parts, required=[sentence]) == [("CQR-11", "text")]


def test_no_wording_before_the_first():
    with pytest.raises(NotFound):
        wording_on(date(2009, 1, 1))


def test_every_statement_has_its_rule_and_source_and_uses_no_forbidden_word():
    wording = wording_on(date(2026, 3, 14))
    assert {"CQR-10", "CQR-11", "CQR-12", "TEQ-13"} <= {statement.rule for statement in wording.statements}
    assert all("seed" in s.source or "rulebook" in s.source for s in wording.statements)
    assert (
        found({"text": " ".join([wording.title, wording.certification, *(s.text for s in wording.statements)])}) == []
    )


# The rules alone --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["file name", "metadata /Title", "metadata XMP", "text", "link", "attachment name"])
@pytest.mark.parametrize("words", ["certificate-123.pdf", "Testamur", "STATEMENT  OF\nATTAINMENT", "e-Certificate"])
def test_the_words_of_other_documents_are_found_anywhere(place, words):
    expected = [] if place == "attachment name" else [("CQR-10", place)]
    assert found({place: words}) == expected


@pytest.mark.parametrize(
    "written",
    [
        "XNY5NV9WG9",
        "xny5nv9wg9",
        "XNY5 NV9W G9",
        "xny5-nv9w-g9",
        "X N Y 5 N V 9 W G 9",
        "XNY 5NV 9WG9",
        "XNY5NV9WG9.pdf",
        "usi=XNY5NV9WG9&x",
        "XNY5\u2011NV9W\u2011G9",
    ],
)
def test_anything_well_formed_as_an_identifier_is_found(written):
    assert found({"metadata /Keywords": f"about {written}"}) == [("USI-05", "metadata /Keywords")]


@pytest.mark.parametrize("written", ["XN Y5NV9 W-G9", "x n.y/5nv9wg9", "XNY5NV\n9WG9", "aXNY5NV9WG9b"])
def test_the_persons_own_identifier_is_found_however_it_is_broken(written):
    assert found({"text": written}, identifiers=["XNY5NV9WG9"]) == [("USI-05", "text")]


@pytest.mark.parametrize(
    "written",
    ["XNY5NV9WG8", "2012 ACC234 75", "9f9f9f9f9f9f9f9f", "ABCDEFGHJK", "53 004 085 616", "7KQ2-M9XD-4HTR3"],
)
def test_other_numbers_and_words_are_no_identifier(written):
    assert found({"text": written}) == []


def test_a_unit_code_that_happens_to_look_like_one_is_no_identifier():
    assert found({"text": GOOD_USI}, codes=[GOOD_USI]) == []


def test_published_identifiers_are_recognised():
    good = ("PCVA64XU3D", "ZTCP6RPU6M", "KLP2ZP6NCW", "G2RN4G89SD", "SYWQ7D4YBT", "CVPZXK7N9H", "22A99SQAP5")
    assert [text for text in good if not is_usi(text)] == []
    assert [text for text in ("XNY5NV9WG8", "23456789AB", "XNY5NV9WG", "XNY0NV9WG9") if is_usi(text)] == []
