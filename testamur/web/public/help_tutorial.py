"""Help: the half-year's work of a provider in seven steps with pictures, taken from the demo by docs/screenshots/take_help.py."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from testamur.web.access import Request, public
from testamur.web.public.help import help_trail


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a step: its file under static/help, its size in pixels, and what it shows in words."""

    name: str
    width: int
    height: int
    shows: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the tutorial: what is done, in sentences, with a picture where one helps."""

    title: str
    sentences: tuple[str, ...]
    picture: Picture | None = None


STEPS: Final = (
    Step(
        "Learn what the file has to hold",
        (
            "Open “Help”, then the page of your format. It lists every column, whether it must be filled, how wide it may be, and "
            "every rule.",
            "Take the tables with you as CSV, and compare them with what your student system exports. The certificate "
            "register has a template workbook, which you can fill in by hand.",
        ),
        Picture("format", 1000, 720, "The page of a format with its downloads and the table of columns."),
    ),
    Step(
        "Upload the files",
        (
            "Sign in as a data officer, open “Submissions” and choose “Send a new submission”. Choose the format of your files, "
            "if your organisation may lodge more than one.",
            "Choose one zip with everything in it, or the files themselves. Leave the profile on “Strict” the first time.",
            "Choose “Upload and check”. You can close the page: an e-mail tells you when the check is done.",
        ),
        Picture(
            "upload", 1000, 860, "The page for a new submission, with the box for files and the choice of a profile."
        ),
    ),
    Step(
        "Read what was found",
        (
            "The bar shows how many rows are good, have warnings, or must be fixed. Beneath it, each rule says what is wrong, why, "
            "and what to do.",
            "Errors come first. A warning does not stop you.",
        ),
        Picture(
            "findings",
            1000,
            900,
            "The findings of a check: a bar of rows by their state, and bars of findings by rule.",
        ),
    ),
    Step(
        "Fix it",
        (
            "Choose a rule to see its rows. Type a better value into the box and choose “Fix”.",
            "Is the same value wrong in many rows? Replace it in all of them at once.",
            "Or download the file with what is wrong, correct it in your spreadsheet and upload it under the same name. Of TEQSA "
            "files the rows with errors are enough: keep the column “Testamur row”, and upload them as the next version. When you "
            "have finished, choose “Check again”.",
        ),
        Picture("fix", 1000, 900, "The rows that break one rule, each with a box for a better value."),
    ),
    Step(
        "Hold what cannot be fixed today",
        (
            "Some rows need an answer from somebody else. On the page of findings choose “Hold these rows and go on with the good "
            "ones”. The page says how many rows stay behind, and that results wait for their student’s own row.",
            "Held rows are not lost: they stay listed, and you download them with what is wrong. Sent again later, they are "
            "recognised.",
        ),
        Picture("hold", 1000, 310, "The offer to hold the rows with errors and go on with the good ones."),
    ),
    Step(
        "Let a second person declare",
        (
            "A provider administrator who took no part opens “Declare”, and reads what will be sealed, what is held, and which "
            "warnings remain.",
            "The administrator ticks the declaration and chooses “Declare and seal”.",
        ),
        Picture(
            "declare",
            1000,
            1000,
            "The page for declaring, with the files, the held rows and the text of the declaration.",
        ),
    ),
    Step(
        "Keep the receipt",
        (
            "Once sealed, the records are permanent. The receipt says what became of every row, names each file with its SHA-256, "
            "and leads to the held rows.",
            "Print it or keep its number. Your uploaded files are deleted after 30 days; the receipt stays.",
        ),
        Picture(
            "receipt", 1000, 900, "The receipt of a sealed submission, with its number and what became of the rows."
        ),
    ),
)


@public
@require_safe
def tutorial(request: Request) -> HttpResponse:
    """Show the steps from a file to its receipt."""
    return render(request, "public/help_tutorial.html", {"steps": STEPS, "crumbs": help_trail()})
