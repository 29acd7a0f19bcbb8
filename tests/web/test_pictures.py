"""Pictures: words never collide, leave the frame or fade into what is beneath; the same rows give the same bytes."""

import datetime
import hashlib
import itertools
import random
from pathlib import Path

import pytest
from django.template.loader import render_to_string

from testamur.web import pictures
from testamur.web.pictures import palette
from testamur.web.pictures.drawing import Box, Drawing, Figure, Mark, Words, faults
from testamur.web.pictures.maps import compact
from testamur.web.pictures.timelines import KINDS
from testamur.web.pictures.words import ELLIPSIS, fit, width_of, wrap
from testamur.web.style_guide import style_guide_context

GUIDE = [value for value in style_guide_context().values() if isinstance(value, Figure)]
DAY = datetime.date


def drawn(figure: Figure) -> str:
    return render_to_string("parts/picture.html", {"figure": figure})


def faults_of(figure: Figure) -> list[str]:
    return [fault for _, drawing in figure.drawings for fault in faults(drawing)]


# The guard itself -------------------------------------------------------------------------------------------------


def test_a_planted_collision_is_caught():
    planted = Drawing(200, 40, (Words(0, 20, "31 warnings"), Words(60, 20, "13 to fix")))
    assert faults(planted) == ["words collide: '31 warnings' and '13 to fix'"]
    assert faults(Drawing(200, 40, (Words(0, 20, "31 warnings"), Words(100, 20, "13 to fix")))) == []


@pytest.mark.parametrize(
    "words",
    [
        Words(150, 20, "far too long for it"),
        Words(0, 5, "high"),
        Words(0, 39, "gpq"),
        Words(20, 20, "left of it all", anchor="end"),
    ],
)
def test_planted_words_outside_the_frame_are_caught(words: Words):
    assert any("leave the frame" in fault for fault in faults(Drawing(200, 40, (words,))))


def test_planted_white_words_on_amber_are_caught():
    amber = Box(0, 0, 200, 40, "warn")
    assert any("light" in fault for fault in faults(Drawing(200, 40, (amber, Words(10, 24, "31", on="good")))))
    assert faults(Drawing(200, 40, (amber, Words(10, 24, "31", on="warn")))) == []


def test_planted_ink_on_a_dark_fill_is_caught():
    dark = Box(0, 0, 200, 40, "heat4")
    assert any("lack contrast" in fault for fault in faults(Drawing(200, 40, (dark, Words(10, 24, "94")))))


def test_planted_words_that_hang_over_their_fill_are_caught():
    narrow = Box(0, 0, 20, 40, "good")
    assert any(
        "lack contrast" in fault
        for fault in faults(Drawing(200, 40, (narrow, Words(4, 24, "Registration", on="good"))))
    )


# Colours ----------------------------------------------------------------------------------------------------------


def test_contrast_is_that_of_the_standard():
    assert palette.contrast("#000000", "#ffffff") == 21
    assert palette.contrast("#ffffff", "#ffffff") == 1
    assert round(palette.contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("colour", ["red", "#fff", "#1234567", "rgb(0,0,0)", "#gggggg"])
def test_what_is_not_a_colour_is_refused(colour: str):
    with pytest.raises(ValueError, match=r"colour|invalid literal"):
        palette.luminance(colour)


@pytest.mark.parametrize(("scheme", "tone"), list(itertools.product(palette.SCHEMES, palette.FILLS["light"])))
def test_words_on_every_fill_can_be_read(scheme: palette.Scheme, tone: str):
    fill = palette.FILLS[scheme][tone]
    assert palette.contrast(palette.words_on(fill, scheme), fill) >= palette.ENOUGH


@pytest.mark.parametrize("scheme", palette.SCHEMES)
def test_words_on_the_card_can_be_read(scheme: palette.Scheme):
    for ink in palette.INK[scheme].values():
        assert palette.contrast(ink, palette.GROUND[scheme]) >= palette.ENOUGH


@pytest.mark.parametrize(
    ("value", "step"), [(0, "heat0"), (1, "heat1"), (25, "heat1"), (26, "heat2"), (76, "heat4"), (100, "heat4")]
)
def test_the_scale_has_five_steps(value: float, step: str):
    assert palette.heat_step(value, 100) == step
    assert palette.heat_step(value, 0) == "heat0"


# Words ------------------------------------------------------------------------------------------------------------


def test_long_words_are_shortened_and_short_ones_kept():
    assert fit("Diploma of Business", 200) == "Diploma of Business"
    short = fit("Bachelor of Construction Management (Honours)", 150)
    assert short.endswith(ELLIPSIS)
    assert width_of(short) <= 150
    assert fit("Diploma", 3) == ""


def test_words_wrap_to_the_lines_there_are():
    lines = wrap("Graduate Certificate in Project Management for Construction", 150, lines=2)
    assert len(lines) == 2
    assert all(width_of(line) <= 150 for line in lines)
    assert lines[1].endswith(ELLIPSIS)
    assert wrap("", 150) == []


def test_letters_with_marks_are_as_wide_as_without():
    assert width_of("Nguyễn") == width_of("Nguyen")
    assert width_of("山") > width_of("i")


# Every picture ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("figure", GUIDE, ids=lambda figure: figure.name)
def test_every_picture_of_the_guide_is_sound(figure: Figure):
    assert faults_of(figure) == []
    text = drawn(figure)
    assert text.count("<svg ") == 2
    assert 'viewBox="0 0 700 ' in text
    assert 'viewBox="0 0 280 ' in text
    assert text.count("<desc ") == 2
    assert "<details" in text
    assert "<table" in text
    assert " style=" not in text
    assert drawn(figure) == text


def test_the_guide_draws_the_seven_pictures():
    assert {figure.name for figure in GUIDE} == {
        "submission-health", "by-rule", "record-timeline", "provider-timeline", "request-funnel", "proof-path", "coverage-map",
    }  # fmt: skip


def rules(rng: random.Random) -> list[pictures.RuleCount]:
    words = ["Award date", "is not a real date", "course code", "Ω", "not on the provider’s list for that year"]
    counts: list[pictures.RuleCount] = []
    for n in range(rng.randint(0, 36)):
        label = " ".join(rng.choices(words, k=rng.randint(1, 5)))
        tone = rng.choice(["bad", "warn", "info"])
        counts.append(pictures.RuleCount(f"V{n:02}", label, rng.choice([1, 7, 99, 12_345, 999_999]), tone, "/x"))
    return counts


@pytest.mark.parametrize("seed", range(60))
def test_no_rows_make_a_bar_picture_unsound(seed: int):
    rng = random.Random(seed)
    counts = [rng.choice([0, 1, 3, 40, 268, 999_999]) for _ in range(3)]
    shares = [
        pictures.Share(words, count, tone, "/x")
        for words, count, tone in zip(
            ("accepted", "to look at", "to fix"), counts, ("good", "warn", "bad"), strict=True
        )
    ]
    assert faults_of(pictures.submission_health(shares, rules(rng))) == []
    assert faults_of(pictures.bars_by_rule(rules(rng))) == []
    left = rng.randint(0, 5_000_000)
    stages = []
    for n in range(rng.randint(0, 8)):
        stages.append(
            pictures.Stage(f"A stage with rather a long name, number {n}", left, rng.choice([None, 0, 1.5, 400]))
        )
        left = rng.randint(0, left)
    assert faults_of(pictures.request_funnel(stages)) == []


@pytest.mark.parametrize("seed", range(60))
def test_no_rows_make_a_timeline_unsound(seed: int):
    rng = random.Random(seed)
    first = DAY(rng.randint(1950, 2020), 1, 1)
    milestones = []
    for _ in range(rng.choice([0, 1, 2, 5, 12, 40])):
        day = first + datetime.timedelta(days=rng.randint(0, rng.choice([3, 400, 20_000])))
        title = " ".join(
            rng.choices(["Certificate", "III", "in", "Individual", "Support", "Ageing"], k=rng.randint(1, 12))
        )
        milestones.append(pictures.Milestone(day, f"{day.day} {day:%b %Y}", title, rng.choice(list(KINDS)), href="/x"))
    figure = pictures.record_timeline(milestones)
    assert faults_of(figure) == []
    marks = [shape for shape in figure.wide.shapes if isinstance(shape, Mark) and shape.href]
    assert len(marks) == len(milestones)
    assert all(0 <= mark.x <= 700 for mark in marks)
    lanes = []
    for n in range(rng.randint(0, 6)):
        days = sorted(first + datetime.timedelta(days=rng.randint(-300, 9000)) for _ in range(rng.choice([0, 2, 4, 8])))
        spans = [
            pictures.Span(a, b, rng.choice(["Registered", "Taught out elsewhere", "x"]))
            for a, b in zip(days[::2], days[1::2], strict=True)
        ]
        lanes.append(pictures.Lane(f"A lane of duties {n}", spans))
    moments = [
        pictures.Moment(first + datetime.timedelta(days=rng.randint(0, 8000)), "Records due")
        for _ in range(rng.randint(0, 5))
    ]
    last = DAY(first.year + 25, 1, 1)
    assert faults_of(pictures.provider_timeline(lanes, first=first, last=last, moments=moments)) == []


@pytest.mark.parametrize("depth", [0, 1, 6, 10, 11, 31])
def test_no_depth_makes_a_proof_unsound(depth: int):
    digests = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(2 * depth + 1)]
    steps = [pictures.ProofStep("left" if n % 3 else "right", digests[n], digests[depth + n]) for n in range(depth)]
    figure = pictures.proof_path(digests[-1], steps, index=3, size=2**31)
    assert faults_of(figure) == []
    text = drawn(figure)
    assert all(digest in text for digest in digests)
    assert ("steps</text>" in text) == (depth > 10)


@pytest.mark.parametrize("years", [0, 1, 5, 16, 17, 45])
@pytest.mark.parametrize("largest", [1, 999, 9_999_999])
def test_no_years_make_a_coverage_map_unsound(years: int, largest: int):
    formats = ["TEQSA records", "AVETMISS", "Parchment PDFs and what else was lodged"]
    span = list(range(1980, 1980 + years))
    counts = {(name, year): (year * 7919) % (largest + 1) for name in formats for year in span if year % 4}
    figure = pictures.coverage_map(formats, span, counts, hrefs=dict.fromkeys(counts, "/x"))
    assert faults_of(figure) == []
    assert drawn(figure).count("not lodged") == len(formats) * years - len(counts)


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0"), (999, "999"), (1000, "1.0k"), (9949, "9.9k"), (9950, "10k"), (1_250_000, "1.2m")]
)
def test_counts_are_shortened(count: int, words: str):
    assert compact(count) == words


# Links, escaping, stability ---------------------------------------------------------------------------------------


def test_each_segment_is_a_link_that_says_where_it_leads():
    text = drawn(pictures.submission_health([pictures.Share("to fix", 13, "bad", "/rows?state=fix")]))
    assert '<a class="p-link" href="/rows?state=fix" aria-label="13 to fix"><rect' in text
    assert 'role="group"' in text
    assert 'role="img"' in drawn(pictures.submission_health([pictures.Share("to fix", 13, "bad")]))


def test_labels_cannot_carry_markup():
    text = drawn(pictures.bars_by_rule([pictures.RuleCount("V07", "<script>alert(1)</script>", 6)]))
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_share_of_one_row_in_a_million_is_still_seen():
    figure = pictures.submission_health(
        [pictures.Share("accepted", 999_999, "good"), pictures.Share("to fix", 1, "bad")]
    )
    bars = [shape for shape in figure.wide.shapes if isinstance(shape, Box) and shape.height == 38]
    assert [bar.width >= 4 for bar in bars] == [True, True]
    assert round(bars[-1].x + bars[-1].width) == 700


def test_the_svg_text_is_stable():
    figure = pictures.submission_health(
        [pictures.Share("accepted", 3, "good"), pictures.Share("to fix", 1, "bad", "/x")],
        [pictures.RuleCount("V07", "Not a date", 1)],
    )
    kept = Path(__file__).parent / "submission_health.svg.html"
    assert drawn(figure).strip() == kept.read_text(encoding="utf-8").strip()
