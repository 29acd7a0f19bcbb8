"""How students' pages name states, identity checks and reads: one list of words and tones, and what happens next."""

from collections.abc import Mapping
from typing import Final

from testamur.extracts.queries import RequestFacts
from testamur.web.parts import Tone

STATES: Final[Mapping[str, tuple[str, Tone, str]]] = {
    "started": ("Begun", "info", "Complete the steps on your start page."),
    "email_confirmed": ("Waiting for you", "warn", "Show who you are. Your application then goes on by itself."),
    "identity_pending": (
        "Checking who you are",
        "info",
        "An officer is looking at your document. Your application then goes on by itself.",
    ),
    "identity_assisted": (
        "Finding another way",
        "info",
        "An officer is looking with you for another way to show who you are. Nothing is refused.",
    ),
    "identity_verified": ("Identity confirmed", "info", "Your application is being compared with the records."),
    "submitted": ("Received", "info", "Your application is being compared with the records."),
    "matching": ("Being compared", "info", "Your application is being compared with the records."),
    "ambiguous": ("With an officer", "info", "A person compares your application with the records by hand."),
    "officer": ("With an officer", "info", "A person compares your application with the records by hand."),
    "found": (
        "Being confirmed",
        "info",
        "A record was found. An officer confirms that it is yours before it is shown.",
    ),
    "redirected": ("Somebody else answers", "quiet", "Read below whom to ask."),
    "not_held": ("Not held here", "quiet", "The provider lodged nothing for that time. Read below what you can do."),
    "no_match": (
        "No record found",
        "quiet",
        "No record was found to be yours. That does not say that you did not study there.",
    ),
    "ready": ("Ready", "good", "Your records are ready. See them and download your extract."),
    "collected": ("Collected", "good", "You have downloaded your extract. You can come back for it at any time."),
    "closed": ("Closed", "quiet", "You can come back for your extract at any time."),
    "withdrawn": ("Withdrawn", "quiet", "You withdrew this application. You can apply again."),
    "locked": (
        "Locked",
        "bad",
        "Somebody else may have used your account. Ask the secretariat for a new identity check.",
    ),
    "expired": ("Expired", "quiet", "Nothing happened for 30 days. You can apply again."),
}
TRACK: Final = (
    ("Applied", ("started", "email_confirmed")),
    ("Identity confirmed", ("identity_pending", "identity_assisted", "identity_verified")),
    ("Compared with the records", ("submitted", "matching", "ambiguous", "officer")),
    ("Confirmed by an officer", ("found",)),
    ("Ready", ("ready", "collected", "closed")),
)
IDENTITY: Final[Mapping[str, tuple[str, Tone]]] = {
    "named": ("Picture still to come", "warn"),
    "pending": ("Being checked", "info"),
    "assisted": ("Finding another way", "info"),
    "proposed": ("Being decided", "info"),
    "passed": ("Confirmed", "good"),
    "failed": ("Did not confirm it", "quiet"),
    "expired": ("No longer counts", "quiet"),
}
READS: Final[Mapping[str, str]] = {
    "viewed": "looked at",
    "searched": "compared with an application",
    "created": "certified an extract of",
    "downloaded": "downloaded",
    "exported": "exported",
}
WHY: Final[Mapping[str, str]] = {
    "own_record": "to read their own record",
    "identity": "to confirm who you are",
    "extract": "to answer an application",
    "submission": "to check or correct lodged files",
    "issuance": "to issue a certification document, or to look after one",
    "correction": "to correct the record",
    "complaint": "to answer a complaint",
    "verification": "to answer an enquiry with your consent",
    "lawful_request": "for a request that the law obliges to answer",
    "audit": "to audit the register",
}
WHO: Final[Mapping[str, str]] = {
    "student": "You",
    "register": "The register itself, comparing an application",
    "matched_student": "Somebody who may be the same person: provider and years only,",
    "secretariat_officer": "A secretariat officer",
    "supervisor": "A secretariat supervisor",
    "auditor": "An auditor of the register",
    "provider_data_officer": "A data officer of the provider",
    "provider_administrator": "An administrator of the provider",
    "provider_issuing_officer": "An issuing officer of the provider",
    "provider_signatory": "A signatory of the provider",
}


def state_of(request: RequestFacts) -> tuple[str, Tone, str]:
    """Return an application's state in words, its tone, and what happens next."""
    return STATES[request.state]
