from dataclasses import replace
from pathlib import Path

import pytest

from testamur.documents.certification.assets import read_asset
from testamur.documents.certification.check import check_content, check_template, names_of
from testamur.documents.certification.rendering import render_certification
from testamur.documents.certification.seeing import visible_text
from testamur.documents.certification.specimens import example, specimens
from tests.documents import samples

TEMPLATES = Path(__file__).parents[2] / "testamur/documents/templates"
STATEMENT, RECORD = "statement-of-attainment", "record-of-results"


def planted(kind: str, old: str, new: str) -> str:
    """Return a shipped template with one fault."""
    source = (TEMPLATES / f"{kind}.typ").read_text()
    assert old in source
    return source.replace(old, new)


def faults(kind: str, source: str, name: str = "full") -> list[str]:
    """Return the items that the check of one specimen names."""
    document = specimens(kind)[name]
    pdf = render_certification(document, template=source, nrt_logo=samples.scheme_logo())
    return names_of(check_content(document, pdf, nrt_logo=samples.scheme_logo()))


@pytest.mark.parametrize("kind", samples.ALL)
def test_a_shipped_template_shows_every_item_in_every_specimen(kind):
    assert check_template(kind, (TEMPLATES / f"{kind}.typ").read_text()) == ()


@pytest.mark.parametrize("kind", samples.ALL)
def test_a_document_passes_its_own_check(kind):
    found = check_content(samples.document(kind), samples.rendered(kind), nrt_logo=samples.scheme_logo())
    assert found == ()


DROPPED = [
    ("testamur", "#held(data.organisation.logo", "#let _ = (data.organisation.logo", "organisation"),
    ("testamur", "data.organisation.codes)", "[])", "organisation"),
    ("testamur", "smallcaps(data.organisation.name)", "smallcaps[Institute]", "organisation"),
    ("testamur", "data.qualification.code)", "[])", "code-and-title"),
    ("testamur", "person(data.holder,", "fitted([The student],", "holder"),
    ("testamur", "scheme-logo(42mm, if tall { 21mm } else { 17mm })", "[]", "nrt-logo"),
    ("testamur", "people.first(), device(44mm, ", "people.first(), rect(width: 44mm, height: ", "seal"),
    ("testamur", "align: (left + bottom, center + bottom, right + bottom), people.first(),", "[],", "signature"),
    ("testamur", "#text(font: serif, size: sentence, data.aqf_statement)", "", "aqf-statement"),
    ("testamur", "soft(data.qualification.descriptor)", "[]", "descriptor"),
    ("testamur", "soft(data.qualification.stream)", "[]", "stream"),
    ("testamur", "size: sentence, data.apprenticeship)", "size: sentence)[]", "apprenticeship-statement"),
    ("testamur", "language-blocks(data.languages", "language-blocks(()", "language-statement"),
    ("testamur", "data.dated)", "[])", "date"),
    ("testamur", "footer(numbered: not on-face)", "[]", "document-number"),
    ("testamur", "footer(numbered: not on-face)", "[]", "check-number"),
    (STATEMENT, "data.units.map(unit => (code(unit.code, 24mm), soft(unit.title)))", "((), )", "code-and-title"),
    (STATEMENT, "soft(unit.title)))", "[]))", "code-and-title"),
    (STATEMENT, "data.attainment)", "[])", "attainment-statement"),
    (STATEMENT, "soft(line))) }", "[])) }", "part-of-statement"),
    (STATEMENT, "soft(line))) }", "[])) }", "completion-statement"),
    (STATEMENT, "language-blocks(data.languages)", "[]", "language-statement"),
    (STATEMENT, "scheme: true", "scheme: false", "nrt-logo"),
    (STATEMENT, "soft(data.skill_set)", "[]", "skill-set"),
    (RECORD, "text(weight: \"semibold\", row.result)", "[]", "results"),
    (RECORD, "soft(row.period)", "[]", "results"),
    (RECORD, "legend(data.legend)", "[]", "legend"),
    (RECORD, "data.banner))", "[]))", "banner"),
    (RECORD, "#closing()", "", "seal"),
    ("he-testamur", "fitted(data.award,", "fitted(\"An award\",", "code-and-title"),
    ("academic-transcript", "study(one)", "heading(level: 2, one.title)", "results"),
    ("ahegs", "par(soft(data.institution))", "[]", "institution"),
    ("ahegs", "for paragraph in data.system { par(paragraph) }", "[]", "system"),
    ("ahegs", "..data.award.rows", "..data.award.rows.slice(4)", "award"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "old", "new", "item"), DROPPED)
def test_a_template_that_drops_an_item_is_refused_by_its_name(kind, old, new, item):
    name = {"nrt-logo": "example", "signature": "example", "seal": "example", "completion-statement": "bare"}.get(
        item, "full"
    )
    assert item in faults(kind, planted(kind, old, new), name)


UNSEEN = [
    ("white", 'text(fill: white, data.dated)'),
    ("nearly white", 'text(fill: rgb("#f0f0f0"), data.dated)'),
    ("see-through", "text(fill: rgb(0, 0, 0, 20), data.dated)"),
    ("tiny", "text(size: 1pt, data.dated)"),
    ("shrunk", "scale(5%, text(data.dated))"),
    ("off the page", "place(dx: 400mm, text(data.dated))"),
]  # fmt: skip


@pytest.mark.parametrize("shown", [shown for _, shown in UNSEEN], ids=[name for name, _ in UNSEEN])
def test_words_that_nobody_can_see_do_not_count(shown):
    whole = "text(font: serif, size: 13pt, data.dated)"
    assert "date" in faults("testamur", planted("testamur", whole, shown))


def test_a_stream_before_the_title_or_without_brackets_is_refused():
    before = planted(
        "testamur", "data.qualification.code)", 'data.qualification.code + " " + data.qualification.at("stream"))'
    )
    before = before.replace("soft(data.qualification.stream)", "[]")
    assert "stream" in faults("testamur", before, "example")
    bare = planted("testamur", "soft(data.qualification.stream)", 'data.qualification.stream.trim(regex("[()]"))')
    assert "stream" in faults("testamur", bare, "example")


def test_a_list_that_does_not_follow_its_statement_is_refused():
    apart = "for one in data.languages { one.statement }"
    assert "language-statement" in faults(
        "testamur", planted("testamur", "language-blocks(data.languages", apart + " + language-blocks(()")
    )


PICTURES = [
    ("stretched", 'image(bytes(data.nrt.svg), format: "svg", alt: data.nrt.alt, width: 42mm, height: 9mm, fit: "stretch")'),
    ("turned", 'rotate(90deg, reflow: true, image(bytes(data.nrt.svg), format: "svg", alt: data.nrt.alt, height: 20mm))'),
    ("tiny", 'image(bytes(data.nrt.svg), format: "svg", alt: data.nrt.alt, height: 1mm)'),
    ("off the page", 'place(dx: 400mm, image(bytes(data.nrt.svg), format: "svg", alt: data.nrt.alt, height: 20mm))'),
    ("decoration", 'pdf.artifact(image(bytes(data.nrt.svg), format: "svg", height: 20mm))'),
]  # fmt: skip


@pytest.mark.parametrize("drawn", [drawn for _, drawn in PICTURES], ids=[name for name, _ in PICTURES])
def test_a_logo_that_is_not_shown_as_supplied_is_refused(drawn):
    source = planted("testamur", "scheme-logo(42mm, if tall { 21mm } else { 17mm })", drawn)
    assert "nrt-logo" in faults("testamur", source, "example")


FORBIDDEN = [
    (RECORD, "[The qualification is recognised within the Australian Qualifications Framework]", "aqf-statement"),
    (STATEMENT, "[The qualification is recognised within the Australian Qualifications Framework]", "aqf-statement"),
    ("academic-transcript", "[Nationally Recognised Training]", "nrt-logo"),
    (RECORD, '#image(bytes(data.device.svg), format: "svg", height: 20mm, alt: "Nationally Recognised Training logo")', "nrt-logo"),
    ("he-testamur", '#image(bytes(data.device.svg), format: "svg", height: 20mm, alt: "NRT logo")', "nrt-logo"),
    ("testamur", "[Achieved through Australian Apprenticeship arrangements]", "apprenticeship-statement"),
    ("testamur", "[These competencies form part of something]", "part-of-statement"),
    (RECORD, "[These competencies were attained in completion of X]", "completion-statement"),
    ("testamur", "[these units of competency/modules have been delivered and assessed in Latin]", "language-statement"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "added", "item"), FORBIDDEN)
def test_a_template_that_shows_what_it_must_not_is_refused_by_its_name(kind, added, item):
    inner = added if added.startswith("#") else f"#text(size: 9pt){added}"
    assert item in faults(
        kind,
        (TEMPLATES / f"{kind}.typ").read_text() + "\n" + inner,
        "bare" if item != "completion-statement" else "full",
    )


def test_the_place_of_the_logo_is_no_logo_where_a_document_is_really_issued():
    document = example("testamur")
    pdf = render_certification(document)
    assert check_content(document, pdf, allow_place=True) == ()
    found = check_content(document, pdf)
    assert names_of(found) == ["nrt-logo"]
    assert {finding.rule for finding in found} == {"LOGO-01"}


def test_a_document_rendered_from_other_data_fails_its_check():
    other = replace(example("testamur"), issue=replace(example("testamur").issue, holder="Somebody Else"))
    assert names_of(check_content(other, samples.rendered("testamur"), nrt_logo=samples.scheme_logo())) == ["holder"]


def test_a_code_or_descriptor_that_is_blank_is_a_missing_one():
    document = example("testamur")
    issue = replace(document.issue, organisation=replace(document.issue.organisation, code=" "))
    product = replace(document.qualification, descriptor="")
    found = check_content(replace(document, issue=issue, qualification=product), samples.rendered("testamur"))
    assert {"issue.organisation.code", "qualification.descriptor"} <= set(names_of(found))


def test_a_logo_of_other_proportions_than_the_file_is_noticed():
    wide = read_asset(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 100"/>')
    found = check_content(example("testamur"), samples.rendered("testamur"), nrt_logo=wide)
    assert names_of(found) == ["nrt-logo"]


def test_a_name_from_right_to_left_is_found():
    document = samples.named("testamur", "محمد عبد الله")
    assert check_content(document, render_certification(document), allow_place=True) == ()


def test_a_template_that_cannot_be_rendered_or_reaches_out_is_a_finding():
    for source in ("#panic()", '#read("/models.py")'):
        found = check_template("ahegs", source)
        assert names_of(found) == ["template"]
        assert [finding.file for finding in found] == [*specimens("ahegs")]


def test_every_kind_has_specimens_that_differ():
    for kind in samples.ALL:
        texts = {name: visible_text(render_certification(one)) for name, one in specimens(kind).items()}
        assert len(set(texts.values())) >= 4
