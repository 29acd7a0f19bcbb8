"""`rules list` and `rules decide` keep their contract, bad input included."""

import io
import json
import sys

import pytest

from testamur.rulebook import tables
from testamur.service import cli
from testamur.submissions.formats import FORMATS

GOOD = {
    "sector": "he",
    "provider_status": "ceased",
    "email_confirmed": True,
    "identity": "verified",
    "requested_by": "self",
    "holdings": True,
    "matches": 1,
    "placeholder": False,
}
DECIDE = ("rules", "decide", "extract")


@pytest.fixture
def ask(tmp_path, capsys):
    """Return a function that decides facts (a value, or raw bytes) and gives back exit code and parsed answer."""

    def run(facts, *options):
        path = tmp_path / "facts.json"
        path.write_bytes(facts if isinstance(facts, bytes) else json.dumps(facts).encode())
        code = cli.main([*DECIDE, str(path), "--json", *options])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_an_answer_has_the_shape_of_the_contract(ask):
    code, answer = ask({**GOOD, "matches": 0})
    assert code == 0
    assert list(answer) == ["ruleset", "version", "outcome", "findings"]
    assert (answer["ruleset"], answer["version"], answer["outcome"]) == ("extract", "2025-07-01", "NO_MATCH")
    assert [list(finding) for finding in answer["findings"]] == [["rule", "outcome", "message", "source"]] * 2
    assert [finding["rule"] for finding in answer["findings"]] == ["CQR-12", "TEQ-07"]


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({name: value for name, value in GOOD.items() if name != "identity"}, "identity"),
        ({**GOOD, "identity": None}, "identity"),
        ({**GOOD, "identity": "proven"}, "identity"),
        ({**GOOD, "matches": "1"}, "matches"),
        ({**GOOD, "matches": -1}, "matches"),
        ({**GOOD, "holdings": "yes"}, "holdings"),
        ({**GOOD, "colour": "green"}, "colour"),
        ("ceased", ""),
        (None, ""),
        (b"{", ""),
        (b"", ""),
        (b"\xff\xfe{}", ""),
        (b"[" * 100_000, ""),
        (b'{"matches": ' + b"1" * 5000 + b"}", ""),
        ({**GOOD, "matches": float("nan")}, "matches"),
        (b'{"matches": 1, "matches": 2}', "matches"),
    ],
)
def test_facts_that_cannot_be_read_exit_2_and_name_the_fact(ask, facts, path):
    code, answer = ask(facts)
    assert code == 2
    assert set(answer) == {"error", "path"}
    assert answer["path"] == path
    assert answer["error"]


@pytest.mark.parametrize("name", sorted(GOOD))
def test_every_fact_must_be_given(ask, name):
    code, answer = ask({other: value for other, value in GOOD.items() if other != name})
    assert (code, answer["path"]) == (2, name)


def test_a_list_is_answered_in_order_and_a_bad_element_answers_in_its_place(ask):
    code, answers = ask([GOOD, {**GOOD, "sector": "school"}, 7, {**GOOD, "requested_by": "other"}])
    assert code == 0
    assert [answer.get("outcome") for answer in answers] == ["ALLOW", None, None, "LOCK"]
    assert [answer.get("path") for answer in answers] == [None, "sector", "", None]


def test_an_empty_list_has_an_empty_answer(ask):
    assert ask([]) == (0, [])


def test_a_byte_order_mark_does_no_harm(ask):
    assert ask(b"\xef\xbb\xbf" + json.dumps(GOOD).encode())[1]["outcome"] == "ALLOW"


def test_standard_input_is_read_for_a_hyphen(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(GOOD).encode())))
    assert cli.main([*DECIDE, "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "ALLOW"


def test_a_file_that_is_not_there_is_unreadable(tmp_path, capsys):
    assert cli.main([*DECIDE, str(tmp_path / "none.json"), "--json"]) == 2
    assert set(json.loads(capsys.readouterr().out)) == {"error", "path"}


@pytest.mark.parametrize(
    ("arguments", "path"), [(("rules", "decide", "extrakt"), "ruleset"), ((*DECIDE, "--on", "2020-01-01"), "on")]
)
def test_no_such_ruleset_or_none_in_force_exits_2(tmp_path, capsys, arguments, path):
    (tmp_path / "facts.json").write_text(json.dumps(GOOD))
    assert cli.main([*arguments, str(tmp_path / "facts.json"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["path"] == path


def test_the_words_without_json(tmp_path, capsys):
    path = tmp_path / "facts.json"
    path.write_text(json.dumps([{**GOOD, "identity": "none"}, {}]))
    assert cli.main([*DECIDE, str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "HOLD  (extract, in force from 2025-07-01)"
    assert lines[1].startswith("  TEQ-06  HOLD  Show who you are")
    assert lines[2].startswith("requested_by: this fact is missing")
    path.write_text("{}")
    assert cli.main([*DECIDE, str(path)]) == 2
    assert capsys.readouterr().err.startswith("requested_by: this fact is missing")


# The rulesets whose facts name their own day, nest, and are answered with further keys ----------------------------------

ISSUE = {
    "issue_on": "2025-08-01",
    "document": "testamur",
    "sector": "vet",
    "product": {"code": "ABC30125", "kind": "qualification", "core": ["ABC001"]},
    "units": [{"code": "ABC001", "outcome": "competent"}],
    "completed_on": "2025-07-01",
}


@pytest.fixture
def put(tmp_path, capsys):
    """Return a function that decides facts by any ruleset and gives back exit code and parsed answer."""

    def run(ruleset, facts, *options):
        path = tmp_path / "facts.json"
        path.write_text(json.dumps(facts))
        code = cli.main(["rules", "decide", ruleset, str(path), "--json", *options])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_aqf_04_is_printed_with_timing_and_due_date(put):
    code, answer = put("issuance", ISSUE)
    assert (code, answer["outcome"], answer["version"]) == (0, "ALLOW", "2025-07-01")
    (finding,) = answer["findings"]
    assert list(finding) == ["rule", "outcome", "message", "source", "timing", "due_on"]
    assert (finding["rule"], finding["timing"], finding["due_on"]) == ("AQF-04", "LATE", "2025-07-31")


def test_a_transition_is_printed_with_its_last_day(put):
    facts = {"question": "enrol", "kind": "unit", "on": "2026-07-02", "replaced_on": "2025-07-01"}
    code, answer = put("transition", facts)
    assert (code, answer["outcome"], answer["last_day"]) == (0, "BLOCK", "2026-07-01")
    assert [(found["rule"], found["last_day"]) for found in answer["findings"]] == [("TRN-01", "2026-07-01")]
    assert put("transition", {**facts, "replaced_on": None})[1]["last_day"] is None


def test_content_is_printed_with_its_items_and_clauses(put):
    code, answer = put("content", {"document": "testamur", "sector": "vet"})
    assert (code, answer["outcome"]) == (0, "ALLOW")
    assert answer["items"]["nrt-logo"] == "required"
    assert answer["items"]["usi"] == "forbidden"
    assert answer["clauses"]["organisation"] == "CS 11(1)(a)"


def test_retention_is_printed_with_the_day(put):
    code, answer = put("retention", {"record": "certificate", "issued_on": "2024-02-29"})
    assert (code, answer["findings"][0]["rule"], answer["findings"][0]["keep_until"]) == (0, "REG-03", "2054-03-01")


def test_a_list_is_decided_each_by_its_own_day_and_a_bad_element_in_its_place(put):
    bad = {**ISSUE, "units": [{"code": "ABC001", "mark": 7}]}
    code, answers = put("issuance", [{**ISSUE, "issue_on": "2014-12-20", "completed_on": None}, bad, {}, ISSUE])
    assert code == 0
    assert [answer.get("outcome") for answer in answers] == ["ALLOW", None, None, "ALLOW"]
    assert [answer.get("path") for answer in answers] == [None, "units[0].mark", "issue_on", None]


@pytest.mark.parametrize(
    ("ruleset", "facts", "path"),
    [
        ("issuance", {**ISSUE, "issue_on": "2025-13-01"}, "issue_on"),
        ("issuance", {**ISSUE, "product": {"kind": "x"}}, "product.kind"),
        ("transition", {"question": "enrol", "kind": "unit"}, "on"),
        ("content", {"document": "testamur"}, "sector"),
        ("retention", {"record": "certificate"}, "issued_on"),
    ],
)
def test_facts_of_every_ruleset_that_cannot_be_read_exit_2(put, ruleset, facts, path):
    code, answer = put(ruleset, facts)
    assert (code, set(answer), answer["path"]) == (2, {"error", "path"}, path)


def test_further_keys_stand_behind_the_words(tmp_path, capsys):
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(ISSUE))
    assert cli.main(["rules", "decide", "issuance", str(path)]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert line.startswith("  AQF-04  ALLOW  Issued late")
    assert line.endswith("(timing: LATE; due_on: 2025-07-31)  [CS: 9(2)]")
    path.write_text(json.dumps({"document": "extract", "sector": "he"}))
    assert cli.main(["rules", "decide", "content", str(path)]) == 0
    assert "nrt-logo forbidden" in capsys.readouterr().out.splitlines()[-1]


# rules list -----------------------------------------------------------------------------------------------------


def listed(capsys, *options):
    assert cli.main(["rules", "list", "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_rule_of_the_law_is_listed_with_its_sentence_and_source(capsys):
    rules = listed(capsys, "--ruleset", "extract")
    table = tables.load("extract", tables.versions("extract")[-1])
    assert [(rule["rule"], rule["outcome"], rule["message"], rule["source"]) for rule in rules] == [
        (rule.code, rule.outcome, rule.message, rule.source) for rule in table.rules
    ]


def test_file_rules_are_listed_by_format_and_with_the_rest(capsys):
    of_files = listed(capsys, "--format", "teqsa")
    wanted = {f"V{n:02}" for n in range(1, 37)} - {"V19", "V35"} | {"N1", "N2", "N3a", "N3b"}
    wanted |= {f"F{n}" for n in range(1, 9)}
    assert {rule["rule"] for rule in of_files} >= wanted
    assert all(
        rule["message"] and rule["source"] and rule["severity"] in {"error", "warning", "info"} for rule in of_files
    )
    every = [rule for name in FORMATS for rule in listed(capsys, "--format", name)]
    of_law = [rule for name in tables.rulesets() for rule in listed(capsys, "--ruleset", name)]
    assert [*of_law, *every] == listed(capsys)


@pytest.mark.parametrize(
    ("name", "some"),
    [
        ("avetmiss8", {"L-length", "L-type", "L-fill", "R01a", "R14a", "X01", "X08"}),
        ("cqr2", {"CQR-03a", "CQR-04a", "CQR-05a"}),
        ("certificates", {"C01", "C12"}),
    ],
)
def test_every_format_lists_its_rules_with_words_and_source(capsys, name, some):
    rules = listed(capsys, "--format", name)
    assert {rule["rule"] for rule in rules} >= some
    assert all(rule["message"] and rule["source"] and rule["severity"] for rule in rules)


def test_an_unknown_ruleset_is_refused(capsys):
    assert cli.main(["rules", "list", "--ruleset", "extrakt", "--json"]) == 2


def test_the_list_without_json_is_one_line_a_rule(capsys):
    assert cli.main(["rules", "list", "--ruleset", "extract"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("extract  TEQ-09  LOCK  Only the person")
    assert lines[0].endswith("[TEQSA: access to the portal by anyone else]")
