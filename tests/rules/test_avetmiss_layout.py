"""The layouts of NAT files hold together: positions without gap or overlap, words and sources for every case, and no line
that is called usual has a finding."""

from random import Random

import polars as pl
import pytest

from testamur.kernel.verdict import Severity
from testamur.submissions.avetmiss.cells import LineChecks, check_lines
from testamur.submissions.avetmiss.layout import NatLayout, Place, load_avetmiss
from testamur.submissions.findings import Findings
from testamur.submissions.formats import FORMATS
from tests.rules.nat_samples import ON

NAT = load_avetmiss()
FORMS = [(kind, state) for kind, layout in sorted(NAT.files.items()) for state in (None, *sorted(layout.tails))]
LENGTHS = {
    "NAT00010": 448, "NAT00010A": 448, "NAT00020": 180, "NAT00030": 130, "NAT00030A": 130, "NAT00060": 123,
    "NAT00080": 347, "NAT00085": 557, "NAT00090": 12, "NAT00100": 13, "NAT00120": 158, "NAT00130": 72,
}  # fmt: skip


def gaps(places: tuple[Place, ...]) -> list[str]:
    """Return the fields that do not begin right behind the one before."""
    ends = [0, *(place.end for place in places)]
    return [place.name for place, end in zip(places, ends, strict=False) if place.start != end + 1]


@pytest.mark.parametrize(("kind", "state"), FORMS)
def test_fields_follow_one_another_to_the_end_of_the_record(kind: str, state: str | None) -> None:
    layout = NAT.files[kind]
    fields = layout.fields(state)
    assert gaps(fields) == []
    assert layout.places[-1].end == LENGTHS[kind]
    assert fields[-1].end == layout.lengths(state)[-1]
    assert any(place.end == layout.national for place in layout.places)


def test_a_planted_gap_and_a_planted_overlap_are_seen() -> None:
    first = Place("first", 1, 10, "A", "M")
    assert gaps((first, Place("second", 12, 2, "A", "M"))) == ["second"]
    assert gaps((first, Place("second", 10, 2, "A", "M"))) == ["second"]


def test_every_case_has_words_a_source_and_one_weight() -> None:
    for check in NAT.format.checks():
        assert check.message
        assert check.fix
        assert check.source
        assert check.strict is check.tolerant
        assert isinstance(check.strict, Severity)


def test_every_field_says_where_it_stands_and_states_that_share_a_name_keep_their_own_places() -> None:
    layout = NAT.files["NAT00120"]
    said = {field.name: (field.positions, field.need) for field in layout.words.fields}
    assert said["TAS program_enrolment_identifier"] == ("159-208", "state authority only (TAS)")
    assert said["VIC program_enrolment_identifier"] == ("179-228", "state authority only (VIC)")
    place = next(place for place in layout.fields("TAS") if place.name == "program_enrolment_identifier")
    assert all("positions 159-208" in check.source for check in layout.checks_of(place))
    starts = [int((field.positions or "0").partition("-")[0]) for field in layout.words.fields]
    assert starts[: len(layout.places)] == sorted(starts[: len(layout.places)])


def test_every_format_for_vocational_files_says_how_it_is_read() -> None:
    for name in ("avetmiss8", "cqr2", "certificates"):
        assert FORMATS[name].layout.readings


def test_rules_are_numbered_as_the_standard_lists_them() -> None:
    numbers = {
        check.rule.rstrip("abcdefgh") if check.rule[1].isdigit() else check.rule for check in NAT.format.checks()
    }
    wanted = {f"R{number:02d}" for number in range(1, 16)} | {f"X{number:02d}" for number in range(1, 13)}
    assert wanted | {"L-length", "L-type", "L-fill"} <= numbers


def usual_cell(place: Place, rng: Random) -> str:
    """Return a cell that may stand in a usual line."""
    if place.need == "B" or (place.need != "M" and rng.random() < 0.4):
        return " " * place.length
    if place.codes:
        return rng.choice(place.codes).ljust(place.length)
    if place.type == "D" or place.form:
        return f"{rng.randint(1, 31):02d}{rng.randint(1, 12):02d}{rng.randint(1905, 2020)}"
    if place.type == "N" or place.pattern:
        return "".join(rng.choice("0123456789") for _ in range(place.length))
    return "".join(rng.choice("AZaz09 /-@'~") for _ in range(place.length)).ljust(place.length)


@pytest.mark.parametrize(("kind", "state"), FORMS)
def test_no_usual_line_has_a_finding(kind: str, state: str | None) -> None:
    """Lines that the usual pattern takes are checked as if it did not exist."""
    layout, rng = NAT.files[kind], Random(7)
    findings = Findings(NAT.format, "strict")
    codes = {id(check): code for code, check in enumerate(findings.codes)}
    lines = []
    for _ in range(3000):
        length = rng.choice(layout.lengths(state))
        line = "".join(usual_cell(place, rng) for place in layout.fields(state))[:length]
        place = rng.randrange(length)
        lines.append(line if rng.random() < 0.7 else line[:place] + rng.choice("@ é0Zx\t") + line[place + 1 :])
    frame = pl.DataFrame({"row": pl.Series(range(1, len(lines) + 1), dtype=pl.UInt32), "line": lines})
    frame = frame.with_columns(pl.col("line").str.len_chars().cast(pl.UInt32).alias("length"))
    usual = frame.filter(pl.col("line").str.contains(layout.usual(state)))
    assert usual.height > 0
    never = LineChecks(_without_usual(layout), state, codes, ON)
    assert check_lines(usual, never).is_empty()


class _NeverUsual(NatLayout):
    """A layout that calls no line usual."""

    def usual(self, state: str | None) -> str:
        """Match nothing."""
        return "^[^ -~]$"


def _without_usual(layout: NatLayout) -> NatLayout:
    return _NeverUsual(
        layout.kind, layout.title, layout.national, layout.known, layout.places, layout.tails, layout.words
    )


def test_a_line_with_a_fault_is_not_usual() -> None:
    layout = NAT.files["NAT00120"]
    good = "".join(usual_cell(place, Random(place.start)) for place in layout.fields(None))[:111]
    line = pl.DataFrame(
        {"row": [1], "line": [good[:71] + "99" + good[73:]], "length": [111]},
        schema_overrides={"row": pl.UInt32, "length": pl.UInt32},
    )
    findings = Findings(NAT.format, "strict")
    checks = LineChecks(layout, None, {id(check): code for code, check in enumerate(findings.codes)}, ON)
    found = check_lines(line, checks)
    assert findings.codes[found["code"][0]].column == "outcome_identifier_national"
