"""List every rule with its source, and decide a case by a rule table.

`rules decide` exits 0 whatever the outcome, and 2 where the facts cannot be read or a fact is missing, unknown or of a
wrong type, printing {"error", "path"}. A JSON list of facts gives a list of answers: a bad element answers
{"error", "path"} in its place, the others are decided, and the exit code is 0. The table is the one in force on the day of
the event: --on, else the day that the facts themselves name, else today.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from testamur.kernel.errors import NotFound
from testamur.kernel.verdict import Detail, Finding, Verdict
from testamur.rulebook import evaluate, tables
from testamur.rulebook.facts import FactsError
from testamur.service import filerules
from testamur.submissions.formats import FORMATS

Answer = Mapping[str, object]

_EVERY = {"ruleset", "version", "outcome", "findings", "rule", "message", "source"}


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `rules` and its verbs."""
    parser = subparsers.add_parser("rules", help=__doc__.partition("\n")[0], description=__doc__.partition("\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="print every rule with its code, sentence, outcome or severity, and source")
    only = listing.add_mutually_exclusive_group()
    only.add_argument("--ruleset", metavar="RULESET", help="only this ruleset's rules")
    only.add_argument("--format", choices=[*FORMATS], help="only the rules for files of this format")
    deciding = verbs.add_parser(
        "decide",
        help="answer one case, or a list of cases, by a rule table",
        description=__doc__.partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    deciding.add_argument("ruleset", metavar="RULESET", help="a name that `rules list` prints")
    deciding.add_argument(
        "facts", metavar="FACTS.json", help="a JSON object, or a list of them; - reads standard input"
    )
    for verb, run in ((listing, list_rules), (deciding, decide)):
        verb.add_argument(
            "--on",
            type=_day,
            metavar="DATE",
            help="day of the event, YYYY-MM-DD; where not given the facts' own, else today",
        )
        verb.add_argument("--json", action="store_true", help="print JSON")
        verb.set_defaults(run=run)


def _day(text: str) -> date:
    """Return the day that was typed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write YYYY-MM-DD") from None


def _today() -> date:
    """Return today in the register's own zone."""
    from testamur.service import settings

    return datetime.now(ZoneInfo(settings.TIME_ZONE)).date()


def list_rules(options: argparse.Namespace) -> int:
    """Print the rules in force on the day: decision rules by their ruleset, file rules by their format."""
    on = options.on or _today()
    try:
        rules = _decision_rules(options, on)
    except NotFound as refusal:
        return _unreadable(refusal.message, "ruleset", as_json=options.json)
    rules += [] if options.ruleset else filerules.listed(options.format)
    if options.json:
        print(json.dumps(rules, ensure_ascii=False, indent=1))
        return 0
    for rule in rules:
        where, weight = rule.get("ruleset") or rule.get("format"), rule.get("outcome") or rule.get("severity")
        print(f"{where}  {rule['rule']}  {weight}  {rule['message']}  [{rule['source']}]")
    return 0


def _decision_rules(options: argparse.Namespace, on: date) -> list[Answer]:
    """Return the rules of one ruleset or of all; none where a file format was asked for."""
    wanted = () if options.format else (options.ruleset,) if options.ruleset else tables.rulesets()
    found = [tables.load(ruleset, on) for ruleset in wanted]
    return [
        {
            "ruleset": table.ruleset,
            "version": table.version,
            "rule": rule.code,
            "outcome": rule.outcome,
            "message": rule.message,
            "source": rule.source,
            "when": rule.when.words(),
        }
        for table in found
        for rule in table.rules
    ]


def decide(options: argparse.Namespace) -> int:
    """Print the answer to one case or to each of a list."""
    try:
        tables.load(options.ruleset, options.on or tables.versions(options.ruleset)[-1])
    except NotFound as refusal:
        path = "on" if options.ruleset in tables.rulesets() else "ruleset"
        return _unreadable(refusal.message, path, as_json=options.json)
    try:
        facts = _read(options.facts)
        if isinstance(facts, list):
            _print_answers([_answer(options, each) for each in facts], as_json=options.json)
        else:
            _print_answers(_decided(options, facts), as_json=options.json)
    except FactsError as error:
        return _unreadable(error.error, error.path, as_json=options.json)
    return 0


def _decided(options: argparse.Namespace, facts: object) -> Answer:
    """Return the answer to one case by the table in force on its day; raises FactsError."""
    on = options.on
    try:
        table = tables.load_for(options.ruleset, facts) if on is None else tables.load(options.ruleset, on)
        if on is None and not table.dated_by:
            table = tables.load(options.ruleset, _today())
    except NotFound as refusal:
        raise FactsError(refusal.message, "on") from None
    return as_answer(evaluate.decide_by(table, facts))


def as_answer(verdict: Verdict) -> Answer:
    """Return a verdict as the command and the API print it; further keys stand behind those that every answer has."""
    return {
        "ruleset": verdict.ruleset,
        "version": verdict.version,
        "outcome": verdict.outcome,
        "findings": [_as_finding(found) for found in verdict.findings],
        **_plain(verdict.details),
    }


def _as_finding(found: Finding) -> Answer:
    """Return a finding as the command and the API print it."""
    return {
        "rule": found.rule,
        "outcome": found.outcome,
        "message": found.message,
        "source": found.source,
        **_plain(found.details),
    }


def _plain(details: Mapping[str, Detail]) -> Answer:
    """Return further keys as JSON has them."""
    return {name: evaluate.plain(value) for name, value in details.items()}


def _answer(options: argparse.Namespace, facts: object) -> Answer:
    """Return the answer to one element of a list, {"error", "path"} where its facts are bad."""
    try:
        return _decided(options, facts)
    except FactsError as error:
        return error.as_json()


def _read(name: str) -> object:
    """Return the JSON of a file or of standard input; raises FactsError where it cannot be read."""
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise FactsError(f"the file of facts cannot be opened: {error.strerror}") from None
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_no_twins)
    except json.JSONDecodeError as error:
        raise FactsError(f"this is not JSON: line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError:
        raise FactsError("this is not JSON: the file is not UTF-8") from None
    except (ValueError, RecursionError):
        raise FactsError("this JSON cannot be read: it nests too deeply or holds a number that is too long") from None


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object's members; raises FactsError where a name stands twice, since either could be meant."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise FactsError("this fact is given twice", twin)
    return members


def _unreadable(error: str, path: str, *, as_json: bool) -> int:
    """Print what is wrong with the facts and return the exit code for it."""
    if as_json:
        print(json.dumps({"error": error, "path": path}, ensure_ascii=False))
    else:
        print(f"{path}: {error}" if path else error, file=sys.stderr)
    return 2


def _print_answers(answers: Answer | list[Answer], *, as_json: bool) -> None:
    """Print one answer or several."""
    if as_json:
        print(json.dumps(answers, ensure_ascii=False, indent=1))
        return
    for answer in answers if isinstance(answers, list) else [answers]:
        if "error" in answer:
            print(f"{answer['path']}: {answer['error']}" if answer["path"] else answer["error"])
            continue
        print(f"{answer['outcome']}  ({answer['ruleset']}, in force from {answer['version']})")
        findings = answer["findings"]
        for found in findings if isinstance(findings, list) else []:
            print(f"  {found['rule']}  {found['outcome']}  {found['message']}{_further(found)}  [{found['source']}]")
        if more := _further(answer):
            print(f" {more}")


def _further(answer: Answer) -> str:
    """Return the keys of an answer or finding beyond those that each has, in words."""
    more = {name: value for name, value in answer.items() if name not in _EVERY and value not in (None, [], {})}
    return f" ({'; '.join(f'{name}: {_written(value)}' for name, value in more.items())})" if more else ""


def _written(value: object) -> str:
    """Return a further key's value in words."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
