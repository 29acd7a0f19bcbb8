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
