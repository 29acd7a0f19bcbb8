"""Pictures made of bars: the health of a submission, findings by rule, and how far requests get."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from testamur.web import parts
from testamur.web.pictures.drawing import NARROW, WIDE, Box, Drawing, Figure, Key, Shape, Words, legend, tidy
from testamur.web.pictures.palette import FillTone
from testamur.web.pictures.words import fit, width_of

_GAP, _LEAST = 2.0, 4.0


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a whole: how many rows are accepted, warned about or to fix; `href` leads to those rows."""

    label: str
    count: int
    tone: FillTone
    href: str = ""


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many findings one rule has; `rule` is the rulebook's id, `label` its words."""

    rule: str
    label: str
    count: int
    tone: FillTone = "bad"
    href: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """How many requests reached a stage, and the median days they spend in it where known."""

    label: str
    count: int
    days: float | None = None
    href: str = ""


def submission_health(
    shares: Sequence[Share],
    rules: Sequence[RuleCount] = (),
    *,
    title: str = "What the check found",
    lead: str = "",
    csv_url: str = "",
) -> Figure:
    """Return the picture of one submission: all rows as one bar, and beneath it the findings of each rule."""
    shown = [share for share in shares if share.count > 0]
    total = sum(share.count for share in shown)
    said = ", ".join(f"{share.count:,} {share.label}" for share in shares)
    table = parts.Table(
        f"Counts behind “{title}”",
        ["What", parts.Column("Count", numeric=True)],
        [[parts.Cell(share.label, url=share.href), f"{share.count:,}"] for share in shares]
        + [[parts.Cell(f"{rule.rule} {rule.label}", url=rule.href), f"{rule.count:,}"] for rule in rules],
        small_caption=True,
    )
    wide, narrow = [_health_drawing(shown, rules, total, width) for width in (WIDE, NARROW)]
    described = f"{total:,} rows: {said}. {len(rules)} rules have findings." if total else "There are no rows."
    return Figure("submission-health", title, lead or f"{total:,} rows", described, wide, narrow, table, csv_url)


def bars_by_rule(
    rules: Sequence[RuleCount],
    *,
    title: str = "Findings by rule",
    lead: str = "",
    csv_url: str = "",
    name: str = "by-rule",
) -> Figure:
    """Return one bar a rule, in the order given."""
    total = sum(rule.count for rule in rules)
    table = parts.Table(
        f"Counts behind “{title}”",
        ["Rule", "In words", parts.Column("Findings", numeric=True)],
        [[parts.Cell(rule.rule, url=rule.href), rule.label, f"{rule.count:,}"] for rule in rules],
        small_caption=True,
    )
    wide, narrow = [_rules_drawing(rules, width) for width in (WIDE, NARROW)]
    worst = max(rules, key=lambda rule: rule.count, default=None)
    described = f"{total:,} findings of {len(rules)} rules" + (
        f"; most, {worst.count:,}, of {worst.rule}." if worst else "."
    )
    return Figure(
        name, title, lead or f"{total:,} findings of {len(rules)} rules", described, wide, narrow, table, csv_url
    )


def request_funnel(
    stages: Sequence[Stage], *, title: str = "How far requests get", lead: str = "", csv_url: str = ""
) -> Figure:
    """Return one bar a stage with how many fewer than before reached it, and the days spent in it."""
    drops = [0, *(after.count - before.count for before, after in pairwise(stages))][: len(stages)]
    table = parts.Table(
        f"Counts behind “{title}”",
        [
            "Stage",
            parts.Column("Requests", numeric=True),
            parts.Column("Change", numeric=True),
            parts.Column("Median days", numeric=True),
        ],
        [
            [
                parts.Cell(stage.label, url=stage.href),
                f"{stage.count:,}",
                _signed(drop),
                "" if stage.days is None else f"{stage.days:g}",
            ]
            for stage, drop in zip(stages, drops, strict=True)
        ],
        small_caption=True,
    )
    wide, narrow = [_funnel_drawing(stages, drops, width) for width in (WIDE, NARROW)]
    described = "; ".join(f"{stage.label}: {stage.count:,}" for stage in stages) + "."
    return Figure("request-funnel", title, lead, described, wide, narrow, table, csv_url)


def _health_drawing(shares: Sequence[Share], rules: Sequence[RuleCount], total: int, width: float) -> Drawing:
    shapes: list[Shape] = _stack(shares, total, width)
    keys = [Key(share.tone, f"{share.count:,}", share.label) for share in shares]
    under, used = legend(keys, width=width, top=50)
    shapes += under
    height = 50 + used
    if rules:
        bars, end = _rule_bars(rules, width, height + 18)
        shapes += bars
        height = end
    return Drawing(width, tidy(height), tuple(shapes))


def _rules_drawing(rules: Sequence[RuleCount], width: float) -> Drawing:
    shapes, height = _rule_bars(rules, width, 0)
    return Drawing(width, tidy(max(height, 20)), tuple(shapes))


def _stack(shares: Sequence[Share], total: int, width: float) -> list[Shape]:
    """Lay the shares end to end; a share too small to see takes its least width from the others."""
    if not total:
        return [Box(0, 0, width, 38, "quiet")]
    room = width - _GAP * (len(shares) - 1)
    small = [share for share in shares if room * share.count / total < _LEAST]
    rest = total - sum(share.count for share in small)
    shapes: list[Shape] = []
    x = 0.0
    for share in shares:
        wide = _LEAST if share in small else (room - _LEAST * len(small)) * share.count / rest
        words = f"{share.count:,} {share.label}"
        shapes.append(Box(tidy(x), 0, tidy(wide), 38, share.tone, share.href, words, radius=3))
        x += wide + _GAP
    return shapes


def _rule_bars(rules: Sequence[RuleCount], width: float, top: float) -> tuple[list[Shape], float]:
    """Return the bars and where they end. Wide: words left of the bar; narrow: words above it."""
    narrow = width < WIDE
    most = max((rule.count for rule in rules), default=1)
    number = max((width_of(f"{rule.count:,}", 14, bold=True) for rule in rules), default=0) + 8
    tag = max((width_of(rule.rule, 13, mono=True) for rule in rules), default=0) + 12
    longest = max((width_of(rule.label) for rule in rules), default=0)
    left = 0.0 if narrow else tidy(min(max(tag + longest + 16, 180), 400))
    step, bar = (44.0, 14.0) if narrow else (30.0, 20.0)
    shapes: list[Shape] = []
    for place, rule in enumerate(rules):
        y = top + place * step
        base = y + (13 if narrow else 15)
        label_room = (width if narrow else left - 16) - tag
        label = fit(rule.label, label_room)
        long = max(3.0, (width - left - number) * rule.count / most)
        bar_top = y + (20 if narrow else 0)
        shapes += [
            Words(0, base, rule.rule, "code"),
            Words(tidy(tag), base, label, full=rule.label if label != rule.label else ""),
            Box(left, bar_top, tidy(long), bar, rule.tone, rule.href, f"{rule.rule}: {rule.count:,}"),
            Words(tidy(left + long + 7), bar_top + (12 if narrow else 15), f"{rule.count:,}", "bold"),
        ]
    return shapes, top + len(rules) * step - (8 if rules else 0)


def _funnel_drawing(stages: Sequence[Stage], drops: Sequence[int], width: float) -> Drawing:
    narrow = width < WIDE
    most = max((stage.count for stage in stages), default=1) or 1
    left, step, bar = (0.0, 64.0, 26.0) if narrow else (196.0, 42.0, 30.0)
    change = max((width_of(_signed(drop), 13) for drop in drops), default=0) + 16
    tail = change if narrow else change + 84
    shapes: list[Shape] = []
    for place, (stage, drop) in enumerate(zip(stages, drops, strict=True)):
        y = place * step
        bar_top = y + (22 if narrow else 0)
        long = max(4.0, (width - left - tail) * stage.count / most)
        base = y + 14 if narrow else y + 20
        label = fit(stage.label, width * 0.66 if narrow else left - 14)
        days = "" if stage.days is None else f"{stage.days:g} days"
        shapes.append(
            Words(
                0 if narrow else left - 12,
                base,
                label,
                "text",
                "start" if narrow else "end",
                full=stage.label if label != stage.label else "",
            )
        )
        shapes.append(Box(left, bar_top, tidy(long), bar, "good", stage.href, f"{stage.label}: {stage.count:,}"))
        shapes += _funnel_numbers(stage.count, drop, left, long, bar_top + bar / 2 + 5)
        if days:
            shapes.append(Words(width, base, days, "small", "end"))
    return Drawing(width, tidy(len(stages) * step - (12 if stages else -20)), tuple(shapes))


def _funnel_numbers(count: int, drop: int, left: float, long: float, base: float) -> list[Shape]:
    """Put the count inside its bar where it fits, else beside it; the change stands beside the bar."""
    words = f"{count:,}"
    need = width_of(words, 14, bold=True) + 16
    inside = need <= long
    beside = left + long + 8
    shapes: list[Shape] = [
        Words(left + 10, base, words, "bold", on="good") if inside else Words(tidy(beside), base, words, "bold")
    ]
    if drop:
        shapes.append(Words(tidy(beside if inside else beside + need - 6), base, _signed(drop), "small"))
    return shapes


def _signed(change: int) -> str:
    return f"−{-change:,}" if change < 0 else f"+{change:,}" if change else ""
