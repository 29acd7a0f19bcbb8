"""Write a made-up copy of the national register from a seed: packages, qualifications with real-shaped packaging, units, scopes.

The same arguments give the same bytes. Codes are shaped like real ones and begin with ZZ or YY, which no real package does;
every title is made up. The units of the demo's vocational files are among them, with the days of their first release.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from testamur.kernel.periods import deadline_after
from testamur.service.synthetic.avetmiss import PROGRAMS, SUBJECTS
from testamur.service.synthetic.national_words import AREAS, COURSES, HE_COURSES, LEVELS, PACKAGES, VERBS, Package
from testamur.training.layout import CORE, ELECTIVE, ELSEWHERE, FORMAT, SHEETS, SNAPSHOT

TAKEN_ON: Final = date(2026, 11, 20)
SEED: Final = 20_261_120
SOURCE: Final = "Made up by Testamur: no product, package or course in it exists"
_UNITS_PER_AREA: Final = 14
_DEMO_RELEASED: Final = {
    "ORC": date(2012, 12, 8),
    "WSH": date(2013, 6, 30),
    "TOU": date(2015, 1, 17),
    "SHE": date(2011, 9, 6),
}
_DEMO_PROVIDERS: Final = ("41234", "90142")
Row = Mapping[str, object]


@dataclass
class _Register:
    """The rows of a register while it is made up; `units` are the codes of each package, `demo` the demo's by area."""

    rng: Random
    on: date
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in SHEETS})
    units: dict[str, list[str]] = field(default_factory=dict)
    qualifications: list[str] = field(default_factory=list)

    def add(self, sheet: str, **cells: object) -> None:
        """Add a row."""
        self.rows[sheet].append(cells)

    def product(self, code: str, kind: str, title: str, package: Package | None = None, **cells: object) -> None:
        """Add a product with its package."""
        said = {"parent_code": package.code, "parent_title": package.title} if package else {}
        self.add("products", code=code, kind=kind, title=title, **{"sector": "vet", **said, **cells})

    def status(self, code: str, *periods: tuple[str, date, str]) -> None:
        """Add periods of status, each until the next begins."""
        ends: list[date | None] = [since for _, since, _ in periods[1:]]
        for (status, since, reason), until in zip(periods, [*ends, None], strict=True):
            self.add("statuses", code=code, status=status, **{"from": since, "until": until, "reason": reason})

    def release(self, code: str, number: str, released: date, units: int | None = None) -> None:
        """Add a release."""
        self.add("releases", code=code, release=number, released=released, units_required=units)


def write_register(directory: Path, *, seed: int = SEED, on: date = TAKEN_ON) -> None:
    """Write snapshot.json and the files of a copy taken on a day; dates of changes lie around that day."""
    register = _Register(Random(seed), on)  # noqa: S311 - made-up data, to be the same for the same seed
    for package in PACKAGES:
        _units(register, package)
    for place, package in enumerate(PACKAGES):
        imported = register.units[PACKAGES[(place + 1) % len(PACKAGES)].code]
        _qualifications(register, package, place, imported)
        _skill_sets(register, package, place)
    _courses(register)
    _higher_courses(register)
    _scopes(register)
    _write(directory, register, on)


def _write(directory: Path, register: _Register, on: date) -> None:
    """Write the files."""
    directory.mkdir(parents=True, exist_ok=True)
    said = {"format": FORMAT, "taken_on": on.isoformat(), "source": SOURCE, "synthetic": True}
    (directory / SNAPSHOT).write_text(json.dumps(said, indent=1) + "\n", "utf-8")
    for name, sheet in SHEETS.items():
        with (directory / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(sheet.columns), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(register.rows[name])


# Units ---------------------------------------------------------------------------------------------------------------


def _units(register: _Register, package: Package) -> None:
    """Add a package's units: the demo's as they are, others with a replacement, a removal or a deletion here and there."""
    codes = register.units.setdefault(package.code, [])
    for area in package.areas:
        demo = [(code, title) for code, title in SUBJECTS if code[2:5] == area]
        for code, title in demo:
            released = _DEMO_RELEASED[area]
            register.product(code, "unit", title, package)
            register.release(code, "1", released)
            register.status(code, ("current", released, ""))
            codes.append(code)
        for number in range(_UNITS_PER_AREA - len(demo)):
            codes.append(_unit(register, package, area, number))


def _unit(register: _Register, package: Package, area: str, number: int) -> str:
    """Add one unit, every ninth superseded by a younger one of the same area, every fortieth ended; returns its code."""
    code = f"{package.code}{area}{2 + number % 4}{number + 11:02d}"
    title = f"{VERBS[number % len(VERBS)]} {AREAS[area]}"
    released = date(2014, 3, 1) + timedelta(days=register.rng.randrange(2_400))
    register.product(code, "unit", title, package)
    register.release(code, "1", released)
    later = number % 9 == 4
    turn = len(register.units[package.code]) + number
    if later:
        _younger_unit(register, package, code, title, released)
    elif turn % 40 == 17:
        ended = register.on - timedelta(days=register.rng.randrange(40, 500))
        word = "deleted" if turn % 80 == 17 else "removed"
        register.status(code, ("current", released, ""), (word, ended, "Not used by any current qualification"))
    else:
        if number % 5 == 2:
            register.release(code, "2", deadline_after(released, months=30))
        register.status(code, ("current", released, ""))
    return code


def _younger_unit(register: _Register, package: Package, code: str, title: str, released: date) -> None:
    """Add the unit that replaces another, equivalent or not."""
    day = register.on - timedelta(days=register.rng.randrange(20, 900))
    younger, equivalent = f"{code}A", register.rng.random() < 0.6
    register.product(younger, "unit", f"{title} safely", package)
    register.release(younger, "1", day)
    register.status(younger, ("current", day, ""))
    register.status(code, ("current", released, ""), ("superseded", day, "Replaced by a younger unit"))
    _replace(register, code, younger, day, equivalent=equivalent)
    register.units[package.code].append(younger)


def _replace(register: _Register, code: str, to: str, day: date, *, equivalent: bool) -> None:
    """Add a replacement."""
    note = "Equivalent outcome; performance criteria reworded." if equivalent else "Not equivalent: assessment changed."
    register.add("mappings", code=code, replaced_by=to, equivalent="Y" if equivalent else "N", on=day, note=note)


# Qualifications and what else packs units ----------------------------------------------------------------------------


def _qualifications(register: _Register, package: Package, place: int, imported: Sequence[str]) -> None:
    """Add a package's qualifications: for each level a present one and, for some, the older one that it replaced."""
    demo = {code[:3]: (code, title) for code, title, _ in PROGRAMS}
    for turn, level in enumerate(package.levels):
        word = LEVELS[level]
        title = f"{word} {package.occupations[turn]}"
        code = f"{package.code}{level}{turn + 1:02d}{25 + turn % 2}"
        if turn == 0 and package.code in demo:
            code, title = demo[package.code]
        cells = _described(title, package, turn)
        released = date(2018, 1, 15) if turn == 0 and package.code in demo else _since(register, place, turn)
        register.product(code, "qualification", title, package, **cells)
        register.qualifications.append(code)
        _packed(register, code, package, released, level + 3, imported)
        if turn == 0 and package.code not in demo:
            _older(register, code, title, package, released, level + 4, imported)
        _qualification_status(register, code, released, place, turn)


def _described(title: str, package: Package, turn: int) -> dict[str, object]:
    """Return the descriptor and streams that some qualifications have."""
    cells: dict[str, object] = {}
    if turn % 2 == 0:
        cells["descriptor"] = package.descriptor
    if turn == 1:
        cells["streams"] = "; ".join(package.streams)
    return cells


def _since(register: _Register, place: int, turn: int) -> date:
    """Return when a present qualification was released; a package's first lately, so that what it replaced is in transition."""
    if turn == 0:
        return register.on - timedelta(days=30 + place * 41)
    return register.on - timedelta(days=30 + (place * 97 + turn * 211) % 1_000)


def _qualification_status(register: _Register, code: str, released: date, place: int, turn: int) -> None:
    """Write what a present qualification's status is: a few were removed or deleted without a replacement."""
    periods = [("current", released, "")]
    if turn == 2 and place % 4 == 1:
        ended = max(released, register.on - timedelta(days=60 + 90 * place)) + timedelta(days=10)
        word = "removed" if place % 8 == 1 else "deleted"
        periods.append((word, ended, "No enrolments for two years"))
    register.status(code, *periods)


def _older(
    register: _Register, code: str, title: str, package: Package, day: date, units: int, imported: Sequence[str]
) -> None:
    """Add the qualification that another replaced on a day."""
    older = f"{code[:-2]}19"
    released = date(2019, 7, 1)
    register.product(older, "qualification", title, package, descriptor=package.descriptor)
    register.qualifications.append(older)
    _packed(register, older, package, released, units, imported)
    register.status(older, ("current", released, ""), ("superseded", day, "Package review"))
    _replace(register, older, code, day, equivalent=ord(code[2]) % 2 == 0)


def _packed(
    register: _Register, code: str, package: Package, released: date, size: int, imported: Sequence[str]
) -> None:
    """Add a release whose packaging has a core, two elective groups with least and most, and units from elsewhere."""
    own = list(register.units[package.code])
    first = [unit for unit in own if unit.startswith("ZZ") and unit[2:5] in package.areas]
    pool = first + [unit for unit in own if unit not in first]
    chosen = pool[: len(first)] if first and code in {each[0] for each in PROGRAMS} else []
    rest = register.rng.sample([unit for unit in own if unit not in chosen], size + 10 - len(chosen))
    core = [*chosen, *rest[: max(0, size - 2 - len(chosen))]]
    electives = [unit for unit in rest if unit not in core]
    group_a, group_b = electives[:5], electives[5:]
    brought = register.rng.sample([unit for unit in imported if unit not in own], 3)
    elsewhere = size % 2
    required = len(core) + 5 + elsewhere
    groups = (
        ("CORE", "Core units", CORE, len(core), len(core), core),
        ("A", "Group A: technical electives", ELECTIVE, 2, 4, group_a),
        ("B", "Group B: general and imported electives", ELECTIVE, 0, 4, [*group_b, *brought]),
    )
    register.release(code, "1", released, required)
    for group, title, kind, least, most, units in groups:
        register.add(
            "packaging",
            code=code,
            release="1",
            group=group,
            title=title,
            kind=kind,
            choose_least=least,
            choose_most=most,
        )
        for unit in units:
            register.add("grid", code=code, release="1", group=group, unit=unit)
    if elsewhere:
        title = "Any current unit of another package"
        register.add(
            "packaging", code=code, release="1", group="ANY", title=title, kind=ELSEWHERE, choose_least=0, choose_most=2
        )


def _core_only(register: _Register, code: str, released: date, units: Sequence[str]) -> None:
    """Add a release that packs core units only."""
    register.release(code, "1", released, len(units))
    register.add(
        "packaging", code=code, release="1", group="CORE", title="Core units", kind=CORE, choose_least=len(units),
        choose_most=len(units),
    )  # fmt: skip
    for unit in units:
        register.add("grid", code=code, release="1", group="CORE", unit=unit)


def _skill_sets(register: _Register, package: Package, place: int) -> None:
    """Add two skill sets of a package; the second of every third package was superseded by the first."""
    released = date(2021, 2, 1) + timedelta(days=37 * place)
    first, second = f"{package.code}SS00011", f"{package.code}SS00012"
    for turn, code in enumerate((first, second)):
        area = AREAS[package.areas[turn % len(package.areas)]]
        title = f"{area.capitalize()} Skill Set"
        register.product(code, "skill-set", title, package)
        _core_only(register, code, released, register.rng.sample(register.units[package.code], 4))
    register.status(first, ("current", released, ""))
    if place % 3:
        register.status(second, ("current", released, ""))
        return
    day = register.on - timedelta(days=150 + 40 * place)
    register.status(second, ("current", released, ""), ("superseded", day, "Package review"))
    _replace(register, second, first, day, equivalent=place % 2 == 0)


def _courses(register: _Register) -> None:
    """Add accredited courses and short courses with modules; some expired, one expires soon, one was removed."""
    for place, (kind, code, title) in enumerate(COURSES):
        released = date(2021, 5, 3) + timedelta(days=101 * place)
        modules = []
        for number in range(2):
            module = f"{code[:5]}M{number + 1:02d}"
            register.product(module, "module", f"{title}: part {number + 1}", parent_code=code, parent_title=title)
            register.release(module, "1", released)
            register.status(module, ("current", released, ""))
            modules.append(module)
        register.product(code, kind, title)
        units = register.rng.sample(
            register.units[PACKAGES[place % len(PACKAGES)].code], 6 if kind != "short-course" else 1
        )
        _core_only(register, code, released, [*modules, *units])
        expires = deadline_after(released, months=60)
        if place % 5 == 3:
            register.status(code, ("current", released, ""), ("removed", register.on - timedelta(days=45), "Withdrawn"))
        else:
            register.status(code, ("current", released, ""), ("expired", expires, "End of accreditation"))


def _higher_courses(register: _Register) -> None:
    """Add courses of higher education, which the register lists without packaging."""
    for place, (code, title) in enumerate(HE_COURSES):
        released = date(2015, 1, 1) + timedelta(days=365 * place)
        register.product(code, "he-course", title, sector="he")
        register.release(code, "1", released)
        register.status(code, ("current", released, ""))


# Scopes --------------------------------------------------------------------------------------------------------------


def _scopes(register: _Register) -> None:
    """Give the demo's training organisations the demo's programs and some others, their units implicitly; and two more."""
    demo = [code for code, _, _ in PROGRAMS]
    others = [code for code in register.qualifications if code not in demo]
    courses = [code for _, code, _ in COURSES]
    for place, provider in enumerate((*_DEMO_PROVIDERS, "90311", "90477")):
        chosen = demo if provider in _DEMO_PROVIDERS else []
        chosen = [*chosen, *others[place * 2 :: 4], *courses[place::4], PACKAGES[place].code + "SS00011"]
        implied = {
            str(row["unit"]): None for row in register.rows["grid"] if row["code"] in chosen and row["group"] == "CORE"
        }
        for turn, code in enumerate(chosen):
            _scope(register, provider, code, date(2019, 7, 1) if code in demo else date(2021, 1, 18), turn)
        _implicit(register, provider, [code for code in implied if code not in chosen])
        if provider in _DEMO_PROVIDERS:
            replaced = [str(row["code"]) for row in register.rows["mappings"] if row["code"] in register.qualifications]
            for code in replaced:
                if code not in chosen:
                    _scope(register, provider, code, date(2021, 1, 18), 0)


def _scope(register: _Register, provider: str, code: str, since: date, turn: int) -> None:
    """Add one product; of every eleventh the scope ended, every seventh has a condition."""
    until = date(2025, 12, 31) if turn % 11 == 8 else None
    conditions = "No delivery outside the named state." if turn % 7 == 5 else ""
    register.add(
        "scope",
        provider=provider,
        code=code,
        extent="deliver and assess",
        implicit="N",
        refused="N",
        conditions=conditions,
        **{"from": since, "until": until},
    )


def _implicit(register: _Register, provider: str, units: Iterable[str]) -> None:
    """Add the core units of products on scope, which are on it by implication."""
    for unit in units:
        register.add(
            "scope",
            provider=provider,
            code=unit,
            extent="deliver and assess",
            implicit="Y",
            refused="N",
            **{"from": date(2021, 1, 18), "until": None},
        )
