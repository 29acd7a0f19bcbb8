"""What systems send about enrolments, each with its bounds as the description shows them."""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from testamur.web.provider.api.given import Day, Given, Whole

_LINE: Final = r"^[^\x00-\x1f\x7f]*$"
_CODE: Final = r"^[A-Z0-9][A-Z0-9.\-]{0,19}$"
_LANGUAGE: Final = "^([a-z]{2,3})?$"
_MOST_CENTS: Final = 100_000_000_00
_MOST: Final = 1_000

Reason = Annotated[str, Field(max_length=400, pattern=_LINE, description="Kept with what stood before.")]


class ReasonGiven(Given):
    """Why."""

    reason: Reason


class DayGiven(Given):
    """On which day."""

    on: Day


class EnrolGiven(Given):
    """A student and what they are enrolled in, as the columns of enrolments.csv say."""

    student_id: str = Field(min_length=1, max_length=20, pattern="^[!-~]+$", description="Your own number.")
    product_code: str = Field(pattern=_CODE, examples=["BSB30120"])
    product_kind: Literal[
        "qualification", "accredited-course", "short-course", "skill-set", "unit", "module", "he-course"
    ]
    product_title: str = Field(min_length=1, max_length=255, pattern=_LINE)
    enrolled_on: Day
    sector: Literal["vet", "he"] = "vet"
    family_name: str = Field("", max_length=120, pattern=_LINE, description="Needed for a student who is new.")
    given_name: str = Field("", max_length=120, pattern=_LINE)
    other_names: str = Field("", max_length=120, pattern=_LINE)
    birth_date: Day | None = None
    gender: Literal["", "F", "M", "X"] = ""
    usi: str = Field("", max_length=10, pattern="^[!-~]*$", description="May come later; encrypted.")
    product_release: str = Field("", max_length=20, pattern=_LINE)
    stream: str = Field("", max_length=120, pattern=_LINE)
    delivery_site: str = Field("", max_length=120, pattern=_LINE)
    third_party: str = Field("", max_length=120, pattern=_LINE)
    commenced_on: Day | None = None
    expected_until: Day | None = None


class OutcomeGiven(Given):
    """How one unit of an enrolment goes or went."""

    enrolment: Annotated[UUID, Field(strict=False)]
    unit_code: str = Field(pattern=_CODE)
    unit_title: str = Field(min_length=1, max_length=255, pattern=_LINE)
    outcome: Literal["competent", "not-competent", "in-progress", "withdrawn"]
    method: Literal["assessed", "rpl", "credit-transfer"] = "assessed"
    decided_on: Day | None = None
    assessor: str = Field("", max_length=120, pattern=_LINE)
    started_on: Day | None = None
    ended_on: Day | None = None
    delivered_in: str = Field("", pattern=_LANGUAGE, description="ISO 639; empty: English.")
    assessed_in: str = Field("", pattern=_LANGUAGE, description="ISO 639; empty: English.")
    mark: str = Field("", max_length=10, pattern=_LINE)
    grade: str = Field("", max_length=10, pattern=_LINE)
    reason: Reason = ""


class OutcomesGiven(Given):
    """Outcomes to be recorded, all or none."""

    outcomes: list[OutcomeGiven] = Field(min_length=1, max_length=_MOST)


class ExitGiven(Given):
    """That the student left."""

    on: Day
    exit_reason: Literal["withdrew", "no-contact", "provider-ended", "transferred", "cancelled", "other"]
    note: str = Field("", max_length=400, pattern=_LINE)
    reason: Reason = ""


class ContractGiven(Given):
    """A training contract."""

    number: str = Field(min_length=1, max_length=40, pattern=_LINE)
    jurisdiction: Literal["ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"]
    contract_from: Day
    contract_until: Day | None = None
    cancelled_on: Day | None = None
    reason: Reason = ""


class FeeGiven(Given):
    """One entry of the fee agreement, in cents."""

    kind: Literal["agreed", "charged", "paid", "waived", "refunded"]
    cents: Whole = Field(ge=-_MOST_CENTS, le=_MOST_CENTS, examples=[125000])
    on: Day
    reference: str = Field(min_length=1, max_length=60, pattern=_LINE)


class IdentityGiven(Given):
    """An attestation of identity."""

    check_kind: Literal["in-person", "photo-identity", "video-call", "workplace", "supervised-online"]
    checked_on: Day
    assessor: str = Field(min_length=1, max_length=120, pattern=_LINE)


class TimelyGiven(Given):
    """A timely date with its reasons."""

    on: Day
    reasons: str = Field(min_length=10, max_length=2_000, pattern=r"^[^\x00]*$")


class UsiGiven(Given):
    """A USI, in a body and never in an address."""

    usi: str = Field(min_length=1, max_length=10, pattern="^[!-~]+$")
