"""File layouts as data: which columns a file has, what each may hold, and the words of every rule about it.

A layout folder holds one TOML file a kind of file (studentrecords, studentresults), `bundle.toml` for rules about whole
files, and `words.toml` for words that many checks share; `doubts.toml` beside the folders holds the rules about duplicate
and impossible records, which are the same in every format. The layouts drive reading, checking, the documentation and
the list of rules; policy staff may edit words, severities, widths and value lists without touching code.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from testamur.kernel.verdict import Severity

Profile = Literal["strict", "tolerant"]
PROFILES: tuple[Profile, ...] = ("strict", "tolerant")

USUAL_TEXT = "(?:[A-Za-z0-9][!-~]*(?: [!-~]+)*)?"
_KNOWN = {"rule", "kind", "column", "needs", "message", "fix", "source", "severity", "strict", "tolerant"}


class LayoutError(ValueError):
    """A layout file that lacks words, a source or a known severity; it does not load."""


@dataclass(frozen=True, slots=True)
class Check:
    """One case of one rule: where it applies, how it weighs in each profile, and what it says.

    `rule` is the rulebook's id, `kind` names the code that decides, `field` is the internal column name and `column`
    the display name of the finding's column (None for a whole-file case). `params` hold limits, patterns and lists.
    """

    rule: str
    kind: str
    field: str | None
    column: str | None
    strict: Severity | None
    tolerant: Severity | None
    message: str
    fix: str
    source: str
    needs: tuple[str, ...]
    params: Mapping[str, Any]

    def severity(self, profile: Profile) -> Severity | None:
        """Return how this case weighs in a profile; None where the profile leaves it out."""
        return self.strict if profile == "strict" else self.tolerant


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a file: internal name, display header, need, type, width, and its checks in order.

    Cells that match `usual` from end to end and are no wider than `max_length` bytes need no closer look.
    """

    name: str
    header: str
    rule: str
    need: str
    type: str
    max_length: int | None
    allowed: str | None
    tcsi: str | None
    source: str
    checks: tuple[Check, ...]
    usual: str | None
    positions: str | None = None


@dataclass(frozen=True, slots=True)
class FileLayout:
    """One kind of file: its fields in the definition's order and the rules across its columns and rows."""

    kind: str
    title: str
    source: str
    fields: tuple[Field, ...]
    rules: tuple[Check, ...]

    def field(self, name: str) -> Field:
        """Return the field of an internal name."""
        return next(field for field in self.fields if field.name == name)

    def find_rule(self, kind: str) -> Check:
        """Return the cross-row rule of a kind."""
        return next(check for check in self.rules if check.kind == kind)


@dataclass(frozen=True, slots=True)
class Format:
    """A whole format: its kinds of file by name, its rules about whole files by kind, and those about doubtful records.

    `readings` are sentences that say how the register reads files where the definition leaves room.
    """

    name: str
    files: Mapping[str, FileLayout]
    bundle: Mapping[str, Check]
    doubts: Mapping[str, Check]
    readings: tuple[str, ...] = ()

    def checks(self) -> Iterator[Check]:
        """Yield every case of every rule: fields, rules across columns, rules about files, and about doubtful records."""
        for file in self.files.values():
            for field in file.fields:
                yield from field.checks
            yield from file.rules
        yield from self.bundle.values()
        yield from self.doubts.values()


def _severity(raw: Mapping[str, Any], profile: Profile) -> Severity | None:
    """Return the severity that an entry writes for a profile; an error where it writes nothing."""
    written = raw.get(profile, raw.get("severity", "error"))
    return None if written == "off" else Severity(written)


def _check(raw: Mapping[str, Any], *, field: str | None, column: str | None, source: str, rule: str) -> Check:
    """Return the check that an entry writes, or raise LayoutError."""
    try:
        params = {key: value for key, value in raw.items() if key not in _KNOWN}
        message, fix, kind = raw["message"], raw["fix"], raw["kind"]
        strict, tolerant = _severity(raw, "strict"), _severity(raw, "tolerant")
    except (KeyError, ValueError) as problem:
        raise LayoutError(f"{rule} {raw.get('kind', '?')} lacks words or has an unknown severity: {problem}") from None
    if "max" in params:
        message, fix = message.replace("{max}", str(params["max"])), fix.replace("{max}", str(params["max"]))
    if not source:
        raise LayoutError(f"{rule} {kind} lacks a source.")
    needs = tuple(raw.get("needs", ()))
    return Check(rule, kind, field, column, strict, tolerant, message, fix, source, needs, params)


def _standard(raw: Mapping[str, Any], profile_width: int | None) -> list[dict[str, Any]]:
    """Return the checks that follow from a field's type and width, behind the ones it writes itself."""
    checks: list[dict[str, Any]] = []
    width, full = raw.get("max_length"), profile_width
    if raw["type"] in ("text", "address") and width:
        if full:
            kept = "Longer than the definition's {max} characters; the register keeps it whole."
            checks.append({"kind": "length", "max": width, "tolerant": "off"})
            checks.append({"kind": "length", "max": full, "strict": "off"})
            checks.append({"kind": "length", "max": width, "strict": "off", "tolerant": "warning", "message": kept})
        else:
            checks.append({"kind": "length", "max": width})
    if raw["type"] in ("text", "address"):
        checks.append({"kind": "control", "severity": "warning"})
        # Where the rulebook weighs wrong characters as a warning (V26-V28, V32, V34), a formula weighs no more.
        weight = "warning" if raw["type"] == "address" else "error"
        checks.append({"kind": "formula", "strict": weight, "tolerant": "warning"})
        checks.append({"kind": "formula_like", "severity": "warning"})
    if raw["type"] == "address":
        extra = raw.get("extra", "")
        signs = "".join("\\" + sign for sign in extra)
        checks.append(
            {
                "kind": "pattern",
                "severity": "warning",
                "pattern": rf"^[\p{{L}}\p{{M}}0-9 '’/{signs}-]+$",
                "message": "Holds something other than letters, figures, space, hyphen, slash and apostrophe; kept.",
                "fix": "Nothing to do if this is the address on your records.",
            }
        )
    return checks


def _field(raw: Mapping[str, Any], source: str, words: Mapping[str, Mapping[str, str]]) -> Field:
    """Return one field with its checks."""
    clause = f"{source}, {raw['header']}"
    written = [*raw["checks"]]
    own = {check["kind"] for check in written if check["kind"] in ("control", "formula")}
    standard = [check for check in _standard(raw, raw.get("full")) if check["kind"] not in own]
    ordered = sorted(written + standard, key=_precedence)
    checks = tuple(
        _check(
            {**words.get(check["kind"], {}), **check},
            field=raw["name"],
            column=raw["header"],
            source=clause,
            rule=raw["rule"],
        )
        for check in ordered
    )
    return Field(
        raw["name"],
        raw["header"],
        raw["rule"],
        raw["need"],
        raw["type"],
        raw.get("max_length"),
        raw.get("allowed"),
        raw.get("tcsi"),
        clause,
        checks,
        raw.get("usual", USUAL_TEXT if raw["type"] == "text" else None),
    )


def _precedence(check: Mapping[str, Any]) -> int:
    """Put checks that can be errors before those that never are, otherwise keep their order."""
    weights = {check.get(profile, check.get("severity", "error")) for profile in PROFILES}
    return 0 if "error" in weights else 1


def _file(raw: Mapping[str, Any], words: Mapping[str, Mapping[str, str]]) -> FileLayout:
    """Return one kind of file from its TOML."""
    fields = tuple(_field(field, raw["source"], words) for field in raw["field"])
    headers = {field.name: field.header for field in fields}
    rules = tuple(
        _check(rule, field=rule["column"], column=headers[rule["column"]], source=rule["source"], rule=rule["rule"])
        for rule in raw["rule"]
    )
    return FileLayout(raw["kind"], raw["title"], raw["source"], fields, rules)


DOUBTS = "doubts.toml"


@dataclass(frozen=True, slots=True)
class DoubtKind:
    """One kind of doubt as the regulator's queue names it: its rule, what it is about, its source."""

    rule: str
    about: str
    source: str


def _doubts() -> list[dict[str, Any]]:
    """Return the rules about duplicate and impossible records as they are written."""
    rules: list[dict[str, Any]] = tomllib.loads((resources.files(__name__) / DOUBTS).read_text(encoding="utf-8"))[
        "rule"
    ]
    return rules


@cache
def doubt_kinds() -> dict[str, DoubtKind]:
    """Return every kind of doubt, those among them that a format's own rules say."""
    return {raw["kind"]: DoubtKind(raw["rule"], raw["about"], raw["source"]) for raw in _doubts()}


def load_doubts(name: str) -> dict[str, Check]:
    """Return the rules about duplicate and impossible records that a format has the facts for, by kind (doubts.toml)."""
    return {
        raw["kind"]: _check(
            {key: value for key, value in raw.items() if key not in ("columns", "about")},
            field=None,
            column=raw["columns"][name] or None,
            source=raw["source"],
            rule=raw["rule"],
        )
        for raw in _doubts()
        if name in raw["columns"]
    }


@cache
def load_format(name: str) -> Format:
    """Return a format by name (`teqsa`). Raises LayoutError for a layout that does not hold together."""
    folder = resources.files(__name__) / name
    tables = {
        entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }
    words, bundle = tables.pop("words"), tables.pop("bundle")
    files = {kind: _file(tables[kind], words) for kind in sorted(tables)}
    cases = {
        rule["kind"]: _check(rule, field=None, column=None, source=rule["source"], rule=rule["rule"])
        for rule in bundle["rule"]
    }
    return Format(name, files, cases, load_doubts(name), tuple(bundle.get("readings", ())))
