"""The demo's national register: the made-up copy that ships, as if it had been taken on the day of the demo."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from testamur.training import actions as training_actions
from testamur.training import shipped
from testamur.training.actions import NewReview
from testamur.training.reading import read_copy


def load_register(*, by: UUID, at: datetime, on: date) -> None:
    """Load the copy, and put two announced reviews on the watch list."""
    copy = read_copy(shipped.FOLDER)
    copy = replace(copy, facts=replace(copy.facts, taken_on=on))
    training_actions.load_copy(copy, by=by, at=at, on=on)
    for code, title, days, note in (
        ("ZZE", "Studio Ceramics Training Package", 40, "Draft units on kilns are open for comment."),
        ("ZZC", "Regional Tourism Training Package", 12, "The diploma is to be split into two qualifications."),
    ):
        announced = on - timedelta(days=days)
        review = NewReview(code, title, announced, announced + timedelta(days=270), note, "Made-up industry notice")
        training_actions.watch_review(review, by=by, at=at, on=on)
