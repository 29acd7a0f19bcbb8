"""What pages of issuing call things."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from testamur.accounts.roles import Role
from testamur.web.parts import Tone
from testamur.web.templatetags.testamur import long_date

ISSUERS: Final = (
    Role.PROVIDER_DATA_OFFICER,
    Role.PROVIDER_ADMINISTRATOR,
    Role.PROVIDER_ISSUING_OFFICER,
    Role.PROVIDER_SIGNATORY,
)
KINDS: Final[Mapping[str, str]] = {
    "testamur": "Testamur",
    "statement-of-attainment": "Statement of attainment",
    "record-of-results": "Record of results",
    "he-testamur": "Higher education testamur",
    "academic-transcript": "Academic transcript",
}
STATES: Final[Mapping[str, tuple[str, Tone]]] = {
    "prepared": ("Waits for approval", "info"),
    "approved": ("Approved", "info"),
    "issued": ("Issued", "good"),
    "replaced": ("Replaced", "quiet"),
    "cancellation_proposed": ("Cancellation proposed", "warn"),
    "cancelled": ("Cancelled", "bad"),
    "surrendered": ("Surrendered", "quiet"),
    "revoked": ("Revoked", "bad"),
    "discarded": ("Put aside", "quiet"),
}
OUTCOMES: Final[Mapping[str, tuple[str, Tone]]] = {
    "ALLOW": ("May be issued", "good"),
    "FEE_HOLD": ("Fees owed", "warn"),
    "HOLD": ("On hold", "warn"),
    "REFER": ("For a person", "info"),
    "BLOCK": ("Not yet", "bad"),
}
# What is missing, in two or three words, by rule of the ruleset `issuance`; the page of a document says the whole sentence.
MISSING: Final[Mapping[str, str]] = {
    "AQF-01": "units",
    "AQF-02": "evidence of RPL",
    "AQF-02b": "credit transfer",
    "AQF-03": "kind of document",
    "AQF-05": "fees",
    "AQF-06": "identity",
    "AQF-07": "not enrolled here",
    "AQF-08": "scope",
    "AQF-09": "authority",
    "AQF-10": "signatory",
    "AQF-11": "third party",
    "AQF-12": "results pending",
    "AQF-13": "template",
    "CS-11-1j": "language",
    "CS-11-2i": "language",
    "USI-01": "no USI",
    "USI-02": "USI not verified",
    "TRN-01": "product superseded",
    "TRN-05": "product ended",
    "TRN-06": "product ended",
}
VERBS: Final[Mapping[str, str]] = {
    "prepare": "Prepared",
    "approve": "Approved",
    "issue": "Issued: sealed, stored and put on the permanent record",
    "replace": "Replaced by a document in the new name",
    "correct": "Cancelled for an error and replaced",
    "propose_cancellation": "Cancellation proposed",
    "cancel": "Cancelled",
    "keep": "Cancellation not carried out",
    "discard": "Put aside",
    "reissue": "A copy was handed out",
    "prepare_replacement": "A document in its place was prepared",
}
POWERS: Final[Mapping[str, str]] = {"prepare": "Prepare", "approve": "Approve", "sign": "Sign"}
TEMPLATE_STATES: Final[Mapping[str, tuple[str, Tone]]] = {
    "proposed": ("Waits for approval", "info"),
    "approved": ("Approved", "good"),
    "declined": ("Declined", "quiet"),
    "retired": ("Retired", "quiet"),
}
DEVICES: Final[Mapping[str, str]] = {
    "seal": "Seal",
    "corporate-identifier": "Corporate identifier",
    "watermark": "Watermark",
}
EVIDENCE: Final[Mapping[str, str]] = {
    "marriage-certificate": "Marriage certificate",
    "change-of-name-certificate": "Change of name certificate",
    "birth-certificate": "Birth certificate",
    "court-order": "Order of a court",
}
GROUNDS: Final[Mapping[str, str]] = {
    "inadequate-assessment": "Issued without adequate assessment",
    "issued-in-error": "Issued in error",
    "false-document": "Issued on false documents",
    "outside-scope": "Issued outside scope",
    "regulator-direction": "Directed by the regulator",
}
COPIES: Final[Mapping[str, str]] = {"lost": "Lost", "damaged": "Damaged", "copy": "A further copy"}


def day(value: date | None) -> str:
    """Return a day in words, empty for none."""
    return long_date(value) if value else ""


def left_words(days_left: int | None) -> str:
    """Return how many days are left."""
    if days_left is None:
        return "No clock runs"
    if days_left < 0:
        return f"{-days_left} day{'' if days_left == -1 else 's'} overdue"
    return "Today" if days_left == 0 else f"{days_left} day{'' if days_left == 1 else 's'} left"


def left_tone(days_left: int | None) -> Tone:
    """Return the tone of the days that are left."""
    if days_left is None:
        return "quiet"
    return "bad" if days_left < 0 else "warn" if days_left <= 7 else "info"


def missing(rules: Iterable[str]) -> str:
    """Return what holds a document, each thing once, in words; a rule without words by its id."""
    said = ", ".join(dict.fromkeys(MISSING.get(rule, rule) for rule in rules))
    return said[:1].upper() + said[1:]
