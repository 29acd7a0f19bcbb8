"""`files`: check provider files against a format, without a database; load them into the register.

`files check PATH… --format teqsa` reads a folder, a zip or files and says everything that is wrong. Exit code 0: no errors;
1: errors; 2: PATH is missing or holds no file of the format. With --json, standard output holds the JSON and nothing else.
Duplicate and impossible records are named as far as that takes no database; --registered-from and --registered-until tell when
the provider was registered.
For NAT files --state and --year say which form and collection year to go by, where the lines do not tell it rightly, in
`files check` and in `files load`.
`files load` and `files export` do what the pages do, with the same actions, in the foreground; service/lodging.py and
exporting.py say how.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO
from zoneinfo import ZoneInfo

import polars as pl

from testamur.kernel.periods import Period
from testamur.submissions.avetmiss.layout import NAME as NAT
from testamur.submissions.avetmiss.layout import STATES, YEARS
from testamur.submissions.bundles import Bundle, Unreadable, open_bundle
from testamur.submissions.checking import CheckOutcome, ReadAs
from testamur.submissions.doubts import Facts, look_again
from testamur.submissions.formats import FORMATS, FileFormat
from testamur.submissions.recognising import none_here
from testamur.submissions.scanning import Encoding
from testamur.training import shipped

_ZONE = ZoneInfo("Australia/Sydney")
_ENCODINGS: dict[str, Encoding] = {"utf-8": "utf-8", "utf8": "utf-8", "cp1252": "cp1252", "windows-1252": "cp1252"}
_PLACES = 8


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `files` and its commands."""
    parser = subparsers.add_parser("files", help="check provider files against a format")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_check(commands)
    _add_load(commands)
    _add_export(commands)


def _path(text: str) -> Path:
    """Return a PATH; an empty one (a variable that is not set) does not mean the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("PATH is empty")
    return Path(text)


def _year(text: str) -> int:
    """Return a collection year of four figures."""
    if not (text.isascii() and text.isdigit() and int(text) in YEARS):
        raise argparse.ArgumentTypeError(f"a year is four figures, from {YEARS[0]} to {YEARS[-1]}")
    return int(text)


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `files check`."""
    parser = commands.add_parser("check", help="say everything that is wrong with a folder, a zip or files")
    parser.add_argument("paths", nargs="+", type=_path, metavar="PATH", help="a folder, a zip, or files")
    parser.add_argument("--format", required=True, choices=[*FORMATS], help="the format that the files follow")
    parser.add_argument("--profile", choices=["strict", "tolerant"], default="strict", help="how rules weigh")
    parser.add_argument(
        "--encoding",
        type=str.lower,
        choices=sorted(_ENCODINGS),
        help="the encoding confirmed for files that are not UTF-8",
    )
    parser.add_argument(
        "--on",
        type=date.fromisoformat,
        metavar="DATE",
        help="the day to check on, YYYY-MM-DD (default: today in Sydney)",
    )
    _add_reading(parser)
    for end, words in (("from", "first day"), ("until", "first day after the end")):
        parser.add_argument(
            f"--registered-{end}",
            type=date.fromisoformat,
            metavar="DATE",
            help=f"{words} of the provider's registration: awards outside of it are named (rule D03)",
        )
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--show-values", action="store_true", help="print cell values too; they may be personal data")
    parser.set_defaults(run=check)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how NAT files are read."""
    parser.add_argument(
        "--state",
        type=str.upper,
        choices=STATES,
        help=f"the state in whose form NAT files are written (only with {NAT}; default: told by their lines)",
    )
    parser.add_argument(
        "--year",
        type=_year,
        metavar="YYYY",
        help=f"the collection year of NAT files (only with {NAT}; default: the commonest end year)",
    )


def _add_load(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `files load`."""
    parser = commands.add_parser("load", help="check files, declare them for a second person, and seal them")
    parser.add_argument("paths", nargs="+", type=_path, metavar="PATH", help="a folder, a zip, or files")
    parser.add_argument("--format", required=True, choices=[*FORMATS], help="the format that the files follow")
    parser.add_argument("--provider", required=True, metavar="CODE", help="RTO code, TEQSA id, CRICOS code or ABN")
    parser.add_argument("--as", required=True, dest="lodger", metavar="USER", help="e-mail address of who lodges")
    parser.add_argument("--declared-by", required=True, metavar="USER2", help="e-mail address of who declares")
    parser.add_argument("--profile", choices=["strict", "tolerant"], default="strict", help="how rules weigh")
    parser.add_argument(
        "--encoding",
        type=str.lower,
        choices=sorted(_ENCODINGS),
        help="the encoding confirmed for files that are not UTF-8",
    )
    _add_reading(parser)
    parser.add_argument(
        "--confirm-organisation",
        action="store_true",
        help="USER2 confirms that NAT files which name no RTO code of the provider are the provider's own all the same",
    )
    parser.add_argument("--replace-all", action="store_true", help="withdraw what was sealed and is not in these files")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.set_defaults(run=load, django=True, show_values=False)


def _add_export(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `files export`."""
    parser = commands.add_parser("export", help="write what a provider has lodged to a zip, as the page hands it out")
    parser.add_argument("out", type=_path, metavar="OUT", help="the zip to write; never written over")
    parser.add_argument(
        "--format", required=True, choices=[*FORMATS, "asqa"], help="a format, or ASQA-style student data"
    )
    parser.add_argument("--provider", required=True, metavar="CODE", help="RTO code, TEQSA id, CRICOS code or ABN")
    parser.add_argument("--as", required=True, dest="user", metavar="USER", help="e-mail address of who exports")
    parser.set_defaults(run=export, django=True)


def export(options: argparse.Namespace) -> int:
    """Write the export; exit code 2 where OUT is there already."""
    from testamur.service import exporting

    try:
        students = exporting.export(
            options.provider, options.format, user=options.user, target=options.out, at=datetime.now(UTC)
        )
    except OSError as problem:
        sys.stderr.write(f"OUT could not be written: {problem.strerror or 'it is there already'}.\n")
        return 2
    sys.stdout.write(f"{students:,} student{'s' if students != 1 else ''} written; each of them is told so.\n")
    return 0


def load(options: argparse.Namespace) -> int:
    """Lead the files to the sealed record and print the receipt, or the findings that are in the way."""
    from testamur.service import lodging

    if reason := _not_to_choose(options):
        return _refuse(reason, options)
    encoding = "cp1252" if _ENCODINGS.get(options.encoding or "") == "cp1252" else ""
    answer = lodging.lodge(options, encoding=encoding, at=datetime.now(UTC))
    if answer.unreadable:
        return _refuse(answer.unreadable, options)
    if answer.outcome is None:
        sys.stdout.write(answer.written(as_json=options.json))
        return 0
    write = write_json if options.json else write_text
    write(answer.outcome, sys.stdout, show_values=False)
    return 1


def check(options: argparse.Namespace) -> int:
    """Check the files and print what was found; return the exit code."""
    on = options.on or datetime.now(_ZONE).date()
    encoding = _ENCODINGS.get(options.encoding or "")
    form = FORMATS[options.format]
    if reason := _not_to_choose(options):
        return _refuse(reason, options)
    told = {name: said for name in ("state", "year") if (said := getattr(options, name)) is not None}
    try:
        with open_bundle(options.paths) as bundle:
            asked = {"profile": options.profile, "on": on, "encoding": encoding, **told}
            outcome = _look(form, bundle, _registered(options), asked)
            none = "" if outcome.recognised else none_here(form, _sent(bundle), FORMATS.values())
    except Unreadable as problem:
        return _refuse(str(problem), options)
    except OSError as problem:
        return _refuse(f"The files could not be read: {problem.strerror or 'no reason given'}.", options)
    if none:
        return _refuse(none, options)
    try:
        if options.json:
            write_json(outcome, sys.stdout, show_values=options.show_values)
        else:
            write_text(outcome, sys.stdout, show_values=options.show_values)
    except BrokenPipeError:
        sys.stderr.close()
    return 1 if outcome.counts["error"] else 0


def _sent(bundle: Bundle) -> list[tuple[str, BinaryIO | Path]]:
    """Return the files of a bundle by name and place."""
    return [(file.name, file.path) for file in bundle.files]


def _not_to_choose(options: argparse.Namespace) -> str:
    """Return why a state's form or a year cannot be said of files of this format, "" where it can or neither is said."""
    if FORMATS[options.format].states or (options.state is None and options.year is None):
        return ""
    return (
        f"--state and --year are for {NAT} only: files of {options.format} have no state's form and no collection year. "
        "Leave both out."
    )


def _registered(options: argparse.Namespace) -> tuple[Period, ...]:
    """Return the registration that the command line tells, none where it tells none."""
    since, until = options.registered_from, options.registered_until
    return () if since is None and until is None else (Period(since or date.min, until),)


def _look(form: FileFormat, bundle: Bundle, registered: tuple[Period, ...], asked: Mapping[str, Any]) -> CheckOutcome:
    """Check a bundle, and look for duplicate and impossible records by what can be known without a database.

    Files of higher education are looked at so only where the registration is told: writing their rows takes half the check.
    """
    if form.sector == "he" and not registered:
        return form.check(bundle, **asked)
    asked = {**asked, "titles": shipped.titles_of}
    with tempfile.TemporaryDirectory(prefix="check-") as kept:
        outcome = form.check(bundle, keep=Path(kept), **asked)
        return look_again(form, outcome, Path(kept), Facts(registered=registered))


def _refuse(message: str, options: argparse.Namespace) -> int:
    """Say why nothing could be checked; exit code 2."""
    if options.json:
        sys.stdout.write(json.dumps({"error": message}, ensure_ascii=False) + "\n")
    sys.stderr.write(message + "\n")
    return 2


def write_json(outcome: CheckOutcome, out: TextIO, *, show_values: bool) -> None:
    """Write the whole answer as one JSON object, a finding a line, however many there are."""
    files = [{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in outcome.files]
    head = {"format": outcome.format, "profile": outcome.profile, "files": files, "counts": outcome.counts}
    out.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "findings": [')
    separator = "\n"
    for finding in _finding_rows(outcome, show_values=show_values):
        out.write(separator + json.dumps(finding, ensure_ascii=False))
        separator = ",\n"
    out.write("]}\n")
    out.flush()


def _finding_rows(outcome: CheckOutcome, *, show_values: bool) -> Iterator[dict[str, object]]:
    """Yield the findings as plain rows, without values unless asked."""
    frame = outcome.findings if show_values else outcome.findings.drop("value")
    for part in frame.iter_slices(10_000):
        yield from part.iter_rows(named=True)


def write_text(outcome: CheckOutcome, out: TextIO, *, show_values: bool) -> None:
    """Write a table for people: files, then findings grouped by rule with the first places and what to do."""
    for file in outcome.files:
        size = "" if file.rows is None else f"  {file.rows:,} rows"
        if file.kind != "pdf":
            out.write(f"{file.name}{size}\n")
    pdfs = sum(1 for file in outcome.files if file.kind == "pdf")
    if pdfs:
        out.write(f"{pdfs:,} PDF{'s' if pdfs > 1 else ''}\n")
    keys = ["rule", "severity", "file", "column", "message", "fix"]
    by_column = outcome.findings.with_columns(
        pl.when(pl.col("row").is_null()).then(None).otherwise(pl.col("file")).alias("file"),
        pl.col("file").alias("place"),
        pl.col("message").str.replace_all("row [0-9]+", "row …"),
    )
    order = {"error": 0, "warning": 1, "info": 2}
    groups = by_column.group_by(keys, maintain_order=True).agg("row", "place", "value", pl.len().alias("count"))
    for severity in order:
        for group in groups.filter(pl.col("severity") == severity).sort("rule", "file", "column").iter_rows(named=True):
            _write_group(group, out, show_values=show_values)
    counts = outcome.counts
    if outcome.read_as:
        out.write("\n" + _read_as_words(outcome.read_as))
    out.write(
        f"\n{counts['error']:,} errors, {counts['warning']:,} warnings, {counts['info']:,} notes ({outcome.profile})\n"
    )


def _read_as_words(read: ReadAs) -> str:
    """Return as what NAT files were read, and what their lines tell where something else was said."""
    form = _form_of(read.state)
    words = f"Read in {form}, collection year {read.year or 'not told (--year says it)'}.\n"
    if (read.state, read.year) != (read.told_state, read.told_year):
        told = f"{_form_of(read.told_state)}, collection year {read.told_year or 'none'}"
        words += f"The lines themselves tell {told}.\n"
    return words


def _form_of(state: str | None) -> str:
    """Return the name of a form."""
    return f"{state}'s form" if state else "the national form"


def _write_group(group: dict[str, object], out: TextIO, *, show_values: bool) -> None:
    """Write one kind of finding."""
    rows, places, values = group["row"], group["place"], group["value"]
    if not (isinstance(rows, list) and isinstance(places, list) and isinstance(values, list)):
        raise TypeError("A group of findings holds lists.")
    column = f" · {group['column']}" if group["column"] else ""
    where = f"{group['file']}{column}" if group["file"] else "files"
    out.write(
        f"\n{group['severity']} {group['rule']}  {len(rows):,} ×  {where}\n    {group['message']}\n    {group['fix']}\n"
    )
    if group["file"]:
        shown = [
            f"{row}" + (f" ({value!r})" if show_values and value is not None else "")
            for row, value in zip(rows, values, strict=True)
        ]
        label = "row" if len(rows) == 1 else "rows"
    else:
        shown, label = [str(place) for place in places], "in"
    more = f" and {len(shown) - _PLACES:,} more" if len(shown) > _PLACES else ""
    out.write(f"    {label} {', '.join(shown[:_PLACES])}{more}\n")
