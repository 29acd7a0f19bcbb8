"""What systems send: parts of addresses, queries, headers and bodies, each with its bounds as the description shows them."""

import re
from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

from ninja import Header, Path, Query, Schema
from pydantic import BeforeValidator, ConfigDict, Field

_PLAIN: Final = r"^[^\x00]*$"  # PostgreSQL keeps no NUL
_FILE_NAME: Final = r"^[^/\\\x00-\x1f\x7f]*[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*$"
_DAY: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOST: Final = 2**63 - 1
_MOST_ROW: Final = 2**31 - 1

SubmissionId = Annotated[UUID, Path(description="A submission of yours, by its id.")]
UploadId = Annotated[UUID, Path(description="An upload in pieces, by its id.")]
NilId = Annotated[UUID, Path(description="A nil return of yours, by its id.")]
FileId = Annotated[int, Path(ge=1, le=_MOST, description="A file of the submission, by its id.")]
FixId = Annotated[int, Path(ge=1, le=_MOST, description="A fix of a cell, by its id.")]
StudentId = Annotated[int, Path(ge=1, le=_MOST, description="A student of yours, by the register's id.")]
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="A document's SHA-256 in hex.")]

Repeatable = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=100,
        pattern=r"^[!-~]*$",
        description="Any text of your own, a new one for each piece of work. The same request under the same key is done "
        "once and answered alike for 30 days; other content under the same key is a conflict.",
    ),
]
Page = Annotated[int, Query(ge=1, le=1_000_000, description="Which page, from 1.")]
Size = Annotated[int, Query(ge=1, le=500, description="How many on a page.")]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
After = Annotated[
    str,
    Query(
        pattern="^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?$",
        description="The `next` of the page before; empty for the first page.",
    ),
]
OneSeverity = Annotated[Literal["", "error", "warning", "info"], Query(description="One severity, all by default.")]
WithValues = Annotated[
    Literal["0", "1"],
    Query(description="1 adds the cells' values as you sent them. They are personal data: keep them out of logs."),
]


def _whole(value: object) -> object:
    """Return 5 for 5.0: JSON knows one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _day(text: object) -> object:
    """Return the day of a text; raises ValueError for any other text or a number. Nothing given stays nothing."""
    if text is None or isinstance(text, date):
        return text
    if not isinstance(text, str) or not re.fullmatch(_DAY, text):
        raise ValueError("a day is written as 2026-03-09")
    return date.fromisoformat(text)


Day = Annotated[date, BeforeValidator(_day), Field(examples=["2026-03-09"])]
Whole = Annotated[int, BeforeValidator(_whole)]
Year = Annotated[int, Field(ge=1990, le=2099), BeforeValidator(_whole)]
_STATE_SAID: Final = "The state in whose form NAT files (avetmiss8) are written; empty: as the files tell."
_YEAR_SAID: Final = "The collection year that NAT files (avetmiss8) report; null: as the files tell."
StatesForm = Literal["", "NSW", "VIC", "QLD", "SA", "WA", "TAS", "NT", "ACT"]


class Given(Schema):
    """A body: exact types, and nothing that is not described."""

    model_config = ConfigDict(extra="forbid", strict=True)


class OpenGiven(Given):
    """How a submission's files are to be read."""

    format: Literal["teqsa", "avetmiss8", "cqr2", "certificates"] = Field(
        description="A format that GET /formats says is yours.", examples=["certificates"]
    )
    profile: Literal["strict", "tolerant"] = Field(
        "strict", description="The definition as written, or today's practice where the two differ."
    )
    encoding: Literal["", "cp1252"] = Field("", description="cp1252 confirms Windows-1252 for files not in UTF-8.")
    replace_all: bool = Field(False, description="Everything sealed before is to be superseded.")
    form_state: StatesForm = Field("", description=_STATE_SAID)
    collection_year: Year | None = Field(None, description=_YEAR_SAID, examples=[2019])


class FormGiven(Given):
    """How NAT files are to be read; what is left out is left to the files."""

    form_state: StatesForm = Field("", description=_STATE_SAID, examples=["VIC"])
    collection_year: Year | None = Field(None, description=_YEAR_SAID, examples=[2019])


class UploadGiven(Given):
    """A file that is about to be sent in pieces."""

    name: str = Field(max_length=200, pattern=_FILE_NAME, examples=["studentrecords v1.csv"])
    size: Whole = Field(ge=1, le=2 * 1024**3, description="Bytes of the whole file.", examples=[1048576])
    sha256: str = Field(pattern="^[0-9a-fA-F]{64}$", description="SHA-256 of the whole file, in hex.")


class FixGiven(Given):
    """A better value for one cell about which there is a finding."""

    file: str = Field(min_length=1, max_length=300, pattern=_PLAIN)
    row: Whole = Field(ge=2, le=_MOST_ROW, description="As the finding names it.")
    column: str = Field(min_length=1, max_length=60, pattern=_PLAIN)
    value: str = Field(max_length=1_000, pattern=_PLAIN)
    rule: str = Field("", max_length=10, pattern=_PLAIN, description="The finding's rule.")


class AlikeGiven(Given):
    """A better value for all cells of a column that hold the same one, by one rule's findings."""

    rule: str = Field(min_length=1, max_length=10, pattern=_PLAIN)
    file: str = Field(min_length=1, max_length=300, pattern=_PLAIN)
    column: str = Field(min_length=1, max_length=60, pattern=_PLAIN)
    old: str = Field(max_length=4_000, pattern=_PLAIN)
    value: str = Field(max_length=1_000, pattern=_PLAIN)


class DeclarationGiven(Given):
    """The declaration that is made, by name and version, as it was read under GET."""

    declaration: str = Field(min_length=1, max_length=60, pattern=_PLAIN, examples=["declaration 1"])


class SubmissionDeclared(DeclarationGiven):
    """The declaration that is made and, where GET names a sentence to confirm, that sentence."""

    confirmation: str = Field(default="", max_length=500, pattern=_PLAIN)


class NilGiven(Given):
    """The period for which there is nothing to lodge, as GET /returns names it."""

    registration_id: Whole = Field(ge=1, le=_MOST_ROW)
    first: str = Field(pattern=_DAY, description="First day of the period.", examples=["2026-01-01"])


class SearchGiven(Given):
    """A student's number or family name, in a body and never in an address."""

    typed: str = Field(min_length=1, max_length=120, pattern=_PLAIN)
