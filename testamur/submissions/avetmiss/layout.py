"""The layouts of the NAT files as data: where each field stands, what it may hold, and the words of every rule.

One TOML file a kind of file under layouts/avetmiss8: fields with their first position (1), length, type and need; the
lengths that records have nationally and in the form for a state's authority; the fields that a state adds behind. What
follows from need, type and codes (layout findings) is made here from words.toml; record rules are written out.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from testamur.kernel.verdict import Severity
from testamur.submissions import layouts
from testamur.submissions.layouts import Check, Field, FileLayout, Format, LayoutError

NAME = "avetmiss8"
State = Literal["NSW", "VIC", "QLD", "SA", "WA", "TAS", "NT", "ACT"]
STATES: tuple[State, ...] = ("NSW", "VIC", "QLD", "SA", "WA", "TAS", "NT", "ACT")
YEARS = range(1990, 2100)
_SEVERAL_WIDTHS = re.compile(r"\?(?!:)|\{[0-9]+,")
_DATE = (
    "(?:(?:(?:0[1-9]|1[0-9]|2[0-8])(?:0[1-9]|1[0-2])|(?:29|30)(?:0[13-9]|1[0-2])|31(?:0[13578]|1[02]))"
    "(?:19[1-9][0-9]|20[0-9]{2}))"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands (first position 1) and what it may hold.

    `type` is A, N or D; `need` M (mandatory), C (conditional), O (optional), S (a state's authority only) or B (blank).
    `form` names a field with a form of its own; `fill` says that @ may stand for "not specified". `state` is the state whose
    authority adds the field, None for those of the national and authority record.
    """

    name: str
    start: int
    length: int
    type: str
    need: str
    codes: tuple[str, ...] = ()
    pattern: str | None = None
    fill: bool = False
    form: str | None = None
    blank: str | None = None
    earlier: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    state: str | None = None

    @property
    def key(self) -> str:
        """Return what tells the field apart: states use one name for fields at different positions."""
        return f"{self.state} {self.name}" if self.state else self.name

    @property
    def end(self) -> int:
        """Return the last position."""
        return self.start + self.length - 1

    @property
    def usual(self) -> str:
        """Return a pattern of exactly this width that no layout finding applies to; it leaves rare good cells out."""
        spaces = " " * self.length
        if self.need == "B":
            return spaces
        if self.codes:
            inner = "|".join(code for code in self.codes if len(code) == self.length)
        elif self.type == "D":
            inner = _DATE
        elif self.type == "N":
            inner = f"[0-9]{{{self.length}}}"
        elif self.form:
            inner = _DATE.replace("20[0-9]{2}", "20[01][0-9]")
        elif self.pattern:
            inner = "[^ -~]" if _SEVERAL_WIDTHS.search(self.pattern) else self.pattern
        else:
            inner = f"[!-?A-~][ -~]{{{self.length - 1}}}"
        return f"(?:{inner})" if self.need == "M" else f"(?:{inner}|{spaces})"


@dataclass(frozen=True, slots=True)
class Tail:
    """The fields that a state's authority adds behind a position, and the lengths that its records then have."""

    state: str
    after: int
    lengths: tuple[int, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class NatLayout:
    """One kind of NAT file: its fields, the length of a national record, the lengths known, and the states' tails."""

    kind: str
    title: str
    national: int
    known: tuple[int, ...]
    places: tuple[Place, ...]
    tails: Mapping[str, Tail]
    words: FileLayout

    def fields(self, state: str | None) -> tuple[Place, ...]:
        """Return the fields of a record in the form of a state, or of none."""
        tail = self.tails.get(state or "")
        if tail is None:
            return self.places
        return tuple(place for place in self.places if place.end <= tail.after) + tail.places

    def lengths(self, state: str | None) -> tuple[int, ...]:
        """Return the lengths that records have, shortest first."""
        tail = self.tails.get(state or "")
        if tail is None:
            return self.known
        return tuple(length for length in self.known if length <= tail.after) + tail.lengths

    def elsewhere(self, name: str) -> bool:
        """Say whether the national record or that of any state has a field of the name."""
        forms = (self.places, *(tail.places for tail in self.tails.values()))
        return any(place.name == name for places in forms for place in places)

    def place(self, name: str) -> Place:
        """Return a field of the national or authority record by name."""
        return next(place for place in self.places if place.name == name)

    def checks_of(self, place: Place) -> tuple[Check, ...]:
        """Return the layout findings of a field, in the order in which the first that applies is said."""
        return self.words.field(place.key).checks

    def usual(self, state: str | None) -> str:
        """Return the pattern of a whole line in which no layout check can find anything."""
        return "^(?:" + "|".join(self._shapes(state)) + ")$"

    def _shapes(self, state: str | None) -> Iterator[str]:
        fields = self.fields(state)
        for length in self.lengths(state):
            if any(place.end == length for place in fields):
                yield "".join(place.usual for place in fields if place.end <= length)


@dataclass(frozen=True, slots=True)
class NatFormat:
    """The whole format: the layouts by kind, and the same as the Format that findings and documentation read."""

    format: Format
    files: Mapping[str, NatLayout]


def _place(raw: Mapping[str, Any], state: str | None = None) -> Place:
    """Return one field from its TOML."""
    lists = {key: tuple(raw[key]) for key in ("codes", "earlier", "unsaid") if key in raw}
    return Place(**{**raw, **lists}, state=state)


def _kinds(place: Place) -> list[str]:
    """Return the layout findings that a field can have, the first that applies first."""
    if place.need == "B":
        return ["reserved", "too_long"]
    kinds = ["too_long"]
    if place.need == "M":
        kinds.append("cut")
        kinds += [] if place.blank == "off" else ["absent"]
    kinds += ["no_outcome", "earlier", "unsaid"] if place.earlier else []
    kinds += [] if place.fill else ["filled"]
    kinds += ["no_date"] if place.type == "D" and place.need == "M" else []
    if place.form == "birth":
        kinds += ["birth_empty", "birth", "birth_future"]
    elif place.type == "N":
        kinds.append("number")
    elif place.type == "D":
        kinds.append("date")
    kinds += ["codes"] if place.codes else []
    kinds += ["pattern"] if place.pattern else []
    kinds.append("signs")
    return kinds + (["zeros"] if place.type == "N" else ["justified"] if place.type == "A" else [])


def _weight(place: Place, entry: Mapping[str, Any]) -> str:
    """Return how a layout finding weighs for a field: less where only a state's authority asks for it."""
    if place.need == "S" and entry["severity"] == "error":
        return str(entry.get("state", "warning"))
    if place.need != "M" and "optional" in entry:
        return str(entry["optional"])
    return str(entry["severity"])


def _check(
    rule: str, kind: str, column: str | None, weight: str, texts: tuple[str, str, str], params: Mapping[str, Any]
) -> Check:
    """Return one case; weights are the same in both profiles unless `params` names one."""
    strict, tolerant = str(params.get("strict", weight)), str(params.get("tolerant", weight))
    severities = [None if written == "off" else Severity(written) for written in (strict, tolerant)]
    message, fix, source = texts
    if not (message and fix and source):
        raise LayoutError(f"{rule} {kind} lacks words or a source.")
    return Check(rule, kind, column, column, severities[0], severities[1], message, fix, source, (), params)


def _said(text: str, known: Mapping[str, object]) -> str:
    """Fill in what the layout knows and leave the rest for the finding."""
    for key, value in known.items():
        text = text.replace("{" + key + "}", str(value))
    return text


def _field(place: Place, source: str, words: Mapping[str, Mapping[str, Any]]) -> Field:
    """Return a field with the words of its layout findings."""
    known = {"start": place.start, "end": place.end, "length": place.length, "codes": ", ".join(place.codes)}
    positions = f"{place.start}-{place.end}"
    form = f" ({place.state})" if place.state else ""
    clause = f"{source}{form}, {place.name}, positions {positions}"
    checks = []
    for kind in _kinds(place):
        entry = words[kind]
        texts = (_said(entry["message"], known), _said(entry["fix"], known), clause)
        checks.append(_check(entry["rule"], kind, place.name, _weight(place, entry), texts, {}))
    needs = {"M": "mandatory", "C": "conditional", "B": "blank", "S": f"state authority only{form}"}
    return Field(
        name=place.key,
        header=place.name,
        rule="L-type",
        need=needs.get(place.need, "optional"),
        type=place.type,
        max_length=place.length,
        allowed=", ".join(place.codes) or None,
        tcsi=None,
        source=clause,
        checks=tuple(checks),
        usual=None,
        positions=positions,
    )


def _rules(
    table: Mapping[str, Any], words: Mapping[str, Mapping[str, Any]], lengths: tuple[int, ...]
) -> tuple[Check, ...]:
    """Return the rules of lines, records and across files of one kind of file."""
    rules = []
    known = {"lengths": ", ".join(str(length) for length in lengths)}
    for kind in ("short", "extra"):
        entry = words[kind]
        texts = (_said(entry["message"], known), entry["fix"], f"{table['source']}, record lengths")
        rules.append(_check(entry["rule"], kind, None, entry["severity"], texts, {}))
    for raw in table.get("rule", ()):
        texts = (raw["message"], raw["fix"], raw.get("source", table["source"]))
        params = {key: raw[key] for key in raw if key in ("strict", "tolerant")}
        rules.append(_check(raw["rule"], raw["kind"], raw.get("column"), raw.get("severity", "error"), texts, params))
    return tuple(rules)


def _layout(table: Mapping[str, Any], words: Mapping[str, Mapping[str, Any]]) -> NatLayout:
    """Return one kind of file from its TOML."""
    places = tuple(_place(raw) for raw in table["fields"])
    tails = {
        raw["state"]: Tail(
            raw["state"],
            raw["after"],
            tuple(raw["lengths"]),
            tuple(_place(field, raw["state"]) for field in raw["fields"]),
        )
        for raw in table.get("tail", ())
    }
    known = tuple(table["lengths"])
    every = tuple(sorted({*known, *(length for tail in tails.values() for length in tail.lengths)}))
    named = (*places, *(place for tail in tails.values() for place in tail.places))
    fields = tuple(_field(place, table["source"], words) for place in named)
    layout = FileLayout(table["kind"], table["title"], table["source"], fields, _rules(table, words, every))
    return NatLayout(table["kind"], table["title"], table["national"], known, places, tails, layout)


@cache
def load_avetmiss() -> NatFormat:
    """Return the format. Raises LayoutError for a layout that lacks words or a source."""
    folder = resources.files(layouts) / NAME
    tables = {
        entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }
    words, bundle = tables.pop("words"), tables.pop("bundle")
    files = {kind: _layout(tables[kind], words) for kind in sorted(tables)}
    cases = {
        raw["kind"]: _check(
            raw["rule"],
            raw["kind"],
            None,
            raw.get("severity", "error"),
            (raw["message"], raw["fix"], raw["source"]),
            {},
        )
        for raw in bundle["rule"]
    }
    doubts = layouts.load_doubts(NAME)
    kinds = {kind: layout.words for kind, layout in files.items()}
    return NatFormat(Format(NAME, kinds, cases, doubts, tuple(bundle["readings"])), files)
