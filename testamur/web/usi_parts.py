"""What the pages about USIs share: states in words, the picture of them, the banner of the made-up Registry, fresh sign-in.

A number is only ever shown masked by what stands here (USI-07); the clear view is a page's own, and never has an address of
its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from testamur.students.usi.queries import Counts, Line
from testamur.students.usi.rules import REASONS
from testamur.web.parts import Cell, Column, Table, Tone
from testamur.web.pictures import Figure, Share, submission_health
from testamur.web.pictures.palette import FillTone

WORDS: Final[dict[str, tuple[str, Tone]]] = {
    "pending": ("Waits for verification", "info"),
    "verified": ("Verified", "good"),
    "mismatch": ("Differs", "warn"),
    "invalid": ("Not known", "bad"),
    "deactivated": ("Deactivated", "bad"),
    "failed": ("Not verified", "bad"),
    "exempt": ("Exempt", "quiet"),
}
TO_DO: Final[dict[str, str]] = {
    "pending": "Nothing. The register asks the USI Registry by itself.",
    "verified": "Nothing.",
    "mismatch": "Compare these with the student's own papers and lodge the student's row again.",
    "invalid": "Ask the student for the number, and lodge the student's row again.",
    "deactivated": "Ask the student for the number in use, and lodge the student's row again.",
    "failed": "Have it verified again. Tell the secretariat where that does not help.",
    "exempt": "Nothing.",
}
_TO_LODGE: Final[dict[str, str]] = {
    "no_birth_date": "Lodge the student's row again with the whole date of birth.",
    "no_name": "Lodge the student's row again with the names.",
}
_FILLS: Final[dict[str, FillTone]] = {
    "verified": "good",
    "pending": "info",
    "mismatch": "warn",
    "invalid": "bad",
    "deactivated": "bad",
    "failed": "bad",
    "exempt": "quiet",
}


def banners(*, by_fake: bool) -> list[tuple[str, Tone, str]]:
    """Return the banners of a page about USIs as (words, tone, heading): made-up answers, and no connection."""
    found: list[tuple[str, Tone, str]] = []
    if by_fake or settings.USI_REGISTRY == "fake":
        words = (
            "The USI Registry that answers here is made up and knows invented people only. Nothing on this page says "
            "anything about a real person or a real number."
        )
        found.append((words, "bad", "Made-up answers"))
    if settings.USI_REGISTRY == "off":
        words = (
            "This register is not connected to the USI Registry. Numbers that were lodged wait, are used for nothing, and "
            "nobody has to do anything about them."
        )
        found.append((words, "warn", "Numbers wait"))
    return found


def picture_of(counts: Counts, url_of: Callable[[str], str]) -> Figure:
    """Return the numbers by state as one bar, each part leading to its students."""
    shares = [Share(WORDS[state][0].lower(), counts.by_state[state], _FILLS[state], url_of(state)) for state in _FILLS]
    said = ", ".join(f"{share.count:,} {share.label}" for share in shares if share.count)
    lead = f"{counts.total:,} number{'' if counts.total == 1 else 's'} held"
    figure = submission_health(shares, title="USIs by state", lead=lead)
    return replace(figure, name="usi-states", described=f"{lead}: {said or 'none'}.")


def table_of(caption: str, lines: Sequence[Line], *, url_of: Callable[[Line], str], empty: str) -> Table:
    """Return students with their numbers masked, what is wrong, and what to do."""
    rows = [
        [
            Cell(line.local_id, url=url_of(line), mono=True),
            Cell(line.masked, mono=True),
            Cell(WORDS[line.state][0], tone=WORDS[line.state][1], note=_made_up(line)),
            why_words(line),
            _TO_LODGE.get(line.reason, TO_DO[line.state]),
        ]
        for line in lines
    ]
    columns: list[Column | str] = ["Student number", "USI", "State", "Why", "What to do"]
    return Table(caption, columns, rows, empty=empty)


def _made_up(line: Line) -> str:
    """Return the note of an answer that is made up."""
    return "made-up answer" if line.answered_by == "fake" else ""


def why_words(line: Line) -> str:
    """Return why a number stands where it does."""
    if line.state == "mismatch" and line.differs:
        return f"Not as the USI Registry holds it: {', '.join(line.differs)}."
    known = {"invalid": "The USI Registry knows no such number.", "deactivated": "The number was taken out of use."}
    return REASONS[line.reason] or known.get(line.state, "")


def sign_in_again(request: HttpRequest, *, second_factor: bool, back: str) -> HttpResponse | None:
    """Return the redirect to signing in again where that was not done in the last minutes, None where it was.

    Staff must have given the second factor, a student whatever they sign in with. `back` is the page to come back to.
    """
    oldest = timezone.now().timestamp() - app_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    fresh = [one for one in records if float(one["at"]) > oldest and (one["method"] == "mfa" or not second_factor)]
    if fresh:
        return None
    page = reverse("mfa_reauthenticate" if second_factor else "account_reauthenticate")
    return HttpResponseRedirect(f"{page}?{urlencode({'next': back})}")
