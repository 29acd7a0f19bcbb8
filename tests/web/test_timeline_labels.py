"""The labels of a record's timeline: none lies on another, on a mark or on a line of the grid, or beside a neighbour's mark."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.web import pictures
from testamur.web.pictures.drawing import Box, Drawing, Line, Mark, Words
from testamur.web.pictures.timelines import KINDS

Edges = tuple[float, float, float, float]
_WORDS = st.sampled_from(["Certificate", "III", "in", "8 units,", "Bachelor", "Ecology", "of", "Diploma", "(Honours)"])
_MILESTONES = st.lists(
    st.builds(
        lambda day, words, kind: pictures.Milestone(day, f"{day.day} {day:%B %Y}", " ".join(words), kind),
        st.dates(datetime.date(1995, 1, 1), datetime.date(2026, 12, 31))
        | st.dates(datetime.date(2015, 1, 1), datetime.date(2017, 12, 31)),
        st.lists(_WORDS, min_size=1, max_size=9),
        st.sampled_from(list(KINDS)),
    ),
    max_size=24,
)


def edges_of(mark: Mark) -> Edges:
    """Return left, top, right, bottom of a mark, its widest form taken."""
    reach = mark.reach * 1.15
    return mark.x - reach, mark.y - reach, mark.x + reach, mark.y + reach


def meet(one: Edges, other: Edges) -> bool:
    """Say whether two boxes share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def line_edges(line: Line) -> Edges:
    """Return left, top, right, bottom of a line."""
    return min(line.x1, line.x2), min(line.y1, line.y2), max(line.x1, line.x2) + 0.1, max(line.y1, line.y2) + 0.1


def collisions(drawing: Drawing) -> list[str]:
    """Return every pair of a label with a label, a mark, a line of the grid or a stem that lie on each other."""
    labels = [shape for shape in drawing.shapes if isinstance(shape, Words)]
    found = [
        f"{one.words} on {other.words}"
        for place, one in enumerate(labels)
        for other in labels[place + 1 :]
        if meet(one.edges, other.edges)
    ]
    for label in labels:
        for shape in drawing.shapes:
            if isinstance(shape, Mark) and meet(label.edges, edges_of(shape)):
                found.append(f"{label.words} on a mark")
            if isinstance(shape, Line) and meet(label.edges, line_edges(shape)):
                found.append(f"{label.words} on a {shape.stroke} line")
    return found


def strangers(drawing: Drawing) -> list[str]:
    """Return the labels next to the line that stand over or under a mark which is not their own."""
    axis = next((shape.y1 for shape in drawing.shapes if isinstance(shape, Line) and shape.stroke == "axis"), None)
    if axis is None:
        return []
    marks = [shape for shape in drawing.shapes if isinstance(shape, Mark) and shape.y == axis]
    found = []
    for label in (shape for shape in drawing.shapes if isinstance(shape, Words)):
        left, top, right, bottom = label.edges
        if label.style == "small" or not (0 < top - axis < 45 or 0 < axis - bottom < 45):
            continue
        beside = [mark for mark in marks if meet((left, axis - 1, right, axis + 1), edges_of(mark))]
        if len(beside) > 1:
            found.append(label.words)
    return found


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Words(30, 25, "Diploma"), "Bachelor on Diploma"),
        (Mark(40, 30, "circle", "good"), "Bachelor on a mark"),
        (Line(40, 0, 40, 60), "Bachelor on a grid line"),
    ],
)
def test_planted_collisions_are_caught(shape: Words | Mark | Line, words: str) -> None:
    assert collisions(Drawing(200, 60, (Words(10, 30, "Bachelor"), shape))) == [words]
    assert collisions(Drawing(200, 60, (Words(110, 30, "Bachelor"), Box(0, 0, 9, 9, "good"), shape))) == []


def test_a_planted_label_under_a_neighbours_mark_is_caught() -> None:
    line = Line(0, 20, 200, 20, "axis")
    marks = Mark(20, 20, "circle", "good"), Mark(60, 20, "square", "info")
    assert strangers(Drawing(200, 90, (line, *marks, Words(12, 50, "Bachelor of Science")))) == ["Bachelor of Science"]
    assert strangers(Drawing(200, 90, (line, *marks, Words(52, 50, "Bachelor of Science")))) == []


@given(_MILESTONES)
@settings(max_examples=120, deadline=None)
def test_no_label_lies_on_anything(milestones: list[pictures.Milestone]) -> None:
    figure = pictures.record_timeline(milestones)
    for drawing in (figure.wide, figure.narrow):
        assert collisions(drawing) == []
        assert strangers(drawing) == []


def test_two_milestones_of_one_month_keep_their_words_apart_and_whole() -> None:
    day = datetime.date(2017, 11, 1)
    titles = ["8 units, Bachelor of Science (Ecology)", "Bachelor of Science (Ecology)"]
    drawing = pictures.record_timeline([pictures.Milestone(day, "2017", title) for title in titles]).wide
    assert [shape.words for shape in drawing.shapes if isinstance(shape, Words) and shape.style == "text"][:2] == titles
    assert collisions(drawing) == strangers(drawing) == []
