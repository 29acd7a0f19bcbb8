"""How pages say in which state's form and for which collection year NAT files are read: chosen by whom, and what the files tell."""

from collections.abc import Sequence

from testamur.submissions.checking import ReadAs
from testamur.submissions.formats import FORMATS
from testamur.submissions.queries import SubmissionCard
from testamur.web.parts import Link, SummaryRow

NATIONAL = "the national form"
BY_THE_FILES = "as the files tell"


def form_rows(card: SubmissionCard, chosen: str, links: Sequence[Link] = ()) -> list[SummaryRow]:
    """Return the state's form and the collection year of a submission, none in formats without them.

    `chosen` says by whom and when, such as "Robin Example on 3 March 2019"; `links` lead to where both are changed.
    """
    if not FORMATS[card.format].states:
        return []
    read = card.tally.read_as
    return [
        SummaryRow("State’s form", _state(card.form_state, read, chosen), links),
        SummaryRow("Collection year", _year(card.collection_year, read, chosen), links),
    ]


def _state(said: str, read: ReadAs | None, chosen: str) -> str:
    """Return the form in words."""
    told = form_name(read.told_state) if read else ""
    if said:
        return f"{form_name(said)}, chosen by {chosen}" + (f"; the files look like {told}" if told else "")
    return f"{told}, as the files look" if told else BY_THE_FILES


def _year(said: int | None, read: ReadAs | None, chosen: str) -> str:
    """Return the year in words."""
    if said is not None:
        told = "" if read is None else f"; the files tell {read.told_year or 'none'}"
        return f"{said}, chosen by {chosen}{told}"
    if read is None:
        return BY_THE_FILES
    if read.told_year is None:
        return "not told by the files: no activity ended, so no rule about the year was applied"
    return f"{read.told_year}, in which most activities of the files ended"


def form_name(state: str | None) -> str:
    """Return how a form is named: the national one, or that of a state."""
    return f"the form of {state}" if state else NATIONAL
