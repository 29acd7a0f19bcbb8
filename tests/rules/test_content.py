"""Ruleset `content`: every item of every document in both sectors, with its clause (rulebook A.3, A.4)."""

from datetime import date
from itertools import product

import pytest

from testamur.kernel.verdict import Verdict
from testamur.rulebook import tables
from testamur.rulebook.evaluate import decide
from testamur.rulebook.facts import FactsError

ITEMS = (
    *("organisation", "code-and-title", "nrt-logo", "aqf-statement", "signature", "seal", "usi"),
    *("descriptor", "stream", "apprenticeship-statement", "language-statement"),
    *("part-of-statement", "completion-statement"),
)
FLAGS = ("has_descriptor", "has_stream", "apprenticeship", "part_of_qualification", "course_complete")
DOCUMENTS = tuple(product(("testamur", "statement-of-attainment", "record-of-results", "extract"), ("vet", "he")))


def ask(document: str, sector: str = "vet", **facts: object) -> Verdict:
    """Return the verdict on one document."""
    return decide("content", {"document": document, "sector": sector, **facts}, on=date(2026, 11, 1))


def items(document: str, sector: str = "vet", **facts: object) -> dict[str, str]:
    """Return what stands on one document."""
    return dict(ask(document, sector, **facts).details["items"])


@pytest.fixture(scope="module")
def every_case() -> list[tuple[dict, Verdict]]:
    """Return every combination of facts with its verdict."""
    cases = []
    for (document, sector), flags, languages in product(
        DOCUMENTS, product((False, True), repeat=len(FLAGS)), ([], ["Arabic"])
    ):
        facts = dict(zip(FLAGS, flags, strict=True)) | {"other_languages": languages}
        cases.append(({"document": document, "sector": sector, **facts}, ask(document, sector, **facts)))
    return cases


def test_exactly_one_rule_speaks_for_each_item_in_every_case(every_case):
    assert len(every_case) == 8 * 32 * 2
    for _, verdict in every_case:
        assert verdict.outcome == "ALLOW"
        assert sorted(str(finding.details["item"]) for finding in verdict.findings) == sorted(ITEMS)
        assert set(verdict.details["items"].values()) <= {"required", "forbidden", "optional"}
        assert set(verdict.details["clauses"]) == set(ITEMS)
        assert all(verdict.details["clauses"].values())


def test_logo_01_stands_on_vocational_testamurs_and_statements_and_nowhere_else(every_case):
    for facts, verdict in every_case:
        certifies = facts["sector"] == "vet" and facts["document"] in {"testamur", "statement-of-attainment"}
        assert verdict.details["items"]["nrt-logo"] == ("required" if certifies else "forbidden")
        (finding,) = (each for each in verdict.findings if each.rule == "LOGO-01")
        assert finding.details["item"] == "nrt-logo"


def test_usi_05_is_printed_nowhere(every_case):
    assert {verdict.details["items"]["usi"] for _, verdict in every_case} == {"forbidden"}


def test_cs_11_1_what_a_vocational_testamur_carries():
    found = items("testamur")
    required = {"organisation", "code-and-title", "nrt-logo", "aqf-statement", "signature", "seal"}
    assert found == {item: "required" if item in required else "forbidden" for item in ITEMS}


def test_cs_11_2_what_a_statement_of_attainment_carries():
    found = items("statement-of-attainment")
    required = {"organisation", "code-and-title", "nrt-logo", "signature", "seal"}
    assert found == {item: "required" if item in required else "forbidden" for item in ITEMS}


def test_aip_2_1_2_what_a_record_of_results_carries():
    found = items("record-of-results")
    required = {"organisation", "code-and-title", "seal"}
    wanted = {item: "required" if item in required else "forbidden" for item in ITEMS}
    assert found == wanted | {"signature": "optional"}


@pytest.mark.parametrize(("document", "aqf"), [("testamur", "optional"), ("record-of-results", "forbidden")])
def test_aip_2_1_1_and_2_1_5_what_higher_education_carries(document, aqf):
    required = {"organisation", "code-and-title", "signature", "seal"}
    wanted = {item: "required" if item in required else "forbidden" for item in ITEMS}
    assert items(document, "he") == wanted | {"aqf-statement": aqf}


@pytest.mark.parametrize("sector", ["vet", "he"])
def test_cqr_10_what_an_extract_carries(sector):
    required = {"organisation", "code-and-title", "seal"}
    wanted = {item: "required" if item in required else "forbidden" for item in ITEMS}
    assert items("extract", sector) == wanted | {"signature": "optional"}


@pytest.mark.parametrize(
    ("rule", "fact", "item"),
    [
        ("CS-11-1g", "has_descriptor", "descriptor"),
        ("CS-11-1h", "has_stream", "stream"),
        ("CS-11-1i", "apprenticeship", "apprenticeship-statement"),
    ],
)
def test_cs_11_1g_1h_1i_required_where_it_is_so_and_absent_where_it_is_not(rule, fact, item, every_case):
    verdict = ask("testamur", **{fact: True})
    assert verdict.details["items"][item] == "required"
    assert [finding.rule for finding in verdict.findings if finding.details["item"] == item] == [rule]
    for facts, other in every_case:
        if not facts[fact]:
            assert other.details["items"][item] == "forbidden"


def test_cs_11_1i_a_statement_of_attainment_never_speaks_of_an_apprenticeship():
    assert items("statement-of-attainment", apprenticeship=True)["apprenticeship-statement"] == "forbidden"


@pytest.mark.parametrize(
    ("document", "sector", "presence"),
    [
        ("testamur", "vet", "required"),
        ("statement-of-attainment", "vet", "required"),
        ("record-of-results", "vet", "optional"),
        ("testamur", "he", "optional"),
        ("record-of-results", "he", "optional"),
    ],
)
def test_cs_11_1j_and_2i_and_aip_2_1_4_the_language(document, sector, presence):
    for languages in (["Mandarin"], ["Mandarin", "Arabic"]):
        assert items(document, sector, other_languages=languages)["language-statement"] == presence
    for languages in ([], None):
        assert items(document, sector, other_languages=languages)["language-statement"] == "forbidden"


@pytest.mark.parametrize(
    ("part", "course", "expected"),
    [
        (True, False, ("required", "forbidden")),
        (False, True, ("forbidden", "required")),
        (True, True, ("required", "required")),
        (False, False, ("forbidden", "forbidden")),
    ],
)
def test_cs_11_2g_and_2h_units_of_a_qualification_and_a_complete_course(part, course, expected):
    """Units after an exit: only (g); an accredited short course that is complete: only (h)."""
    facts = {"part_of_qualification": part, "course_complete": course}
    found = items("statement-of-attainment", **facts)
    assert (found["part-of-statement"], found["completion-statement"]) == expected
    for document in ("testamur", "record-of-results", "extract"):
        other = items(document, **facts)
        assert (other["part-of-statement"], other["completion-statement"]) == ("forbidden", "forbidden")


def test_the_clause_of_each_lettered_item_of_a_testamur():
    clauses = ask("testamur", has_descriptor=True, has_stream=True, apprenticeship=True, other_languages=["Arabic"])
    found = clauses.details["clauses"]
    letters = {
        **{"organisation": "a", "code-and-title": "b", "signature": "d", "seal": "e", "aqf-statement": "f"},
        **{"descriptor": "g", "stream": "h", "apprenticeship-statement": "i", "language-statement": "j"},
    }
    assert {item: found[item] for item in letters} == {item: f"CS 11(1)({letter})" for item, letter in letters.items()}
    assert "11(1)(c)" in found["nrt-logo"]


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"sector": "vet"}, "document"),
        ({"document": "testamur"}, "sector"),
        ({"document": "ahegs", "sector": "he"}, "document"),
        ({"document": "testamur", "sector": "vet", "other_languages": "Arabic"}, "other_languages"),
        ({"document": "testamur", "sector": "vet", "has_stream": "yes"}, "has_stream"),
        ({"document": "testamur", "sector": "vet", "logo": True}, "logo"),
    ],
)
def test_what_is_missing_or_wrong_is_named(facts, path):
    with pytest.raises(FactsError) as refused:
        decide("content", facts, on=date(2026, 11, 1))
    assert refused.value.path == path


def test_every_lettered_clause_has_its_rule():
    wanted = {f"CS-11-1{letter}" for letter in "abdefghij"} | {f"CS-11-2{letter}" for letter in "abdefghi"}
    wanted |= {"LOGO-01", "USI-05", "CQR-10", "AIP-2-1-1", "AIP-2-1-2", "AIP-2-1-4", "AIP-2-1-5"}
    assert {rule.code for rule in tables.load("content", date(2026, 11, 1)).rules} == wanted
