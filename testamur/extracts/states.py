"""The states of a student's application for records and of an identity check (rulebook F.1). Pure; drawn into docs/states."""

from testamur.kernel.states import Machine

OPEN = (
    "started",
    "email_confirmed",
    "identity_pending",
    "identity_assisted",
    "identity_verified",
    "submitted",
    "matching",
    "ambiguous",
    "officer",
    "found",
)
WAITING_FOR_IDENTITY = ("email_confirmed", "identity_pending", "identity_assisted")
_PUBLIC_ANSWERS = {"redirect": "redirected", "answer_not_held": "not_held", "refer": "officer"}
_RESTART = {"restart": "email_confirmed"}
_ENDINGS = {"withdraw": "withdrawn", "lock": "locked", "expire": "expired"}

REQUEST = Machine(
    states=(
        *OPEN,
        "redirected",
        "not_held",
        "no_match",
        "ready",
        "collected",
        "closed",
        "withdrawn",
        "locked",
        "expired",
    ),
    initial="started",
    moves={
        "started": {"confirm_email": "email_confirmed", **_PUBLIC_ANSWERS, **_ENDINGS},
        "email_confirmed": {
            "wait_for_identity": "identity_pending",
            "assist": "identity_assisted",
            "verify_identity": "identity_verified",
            **_PUBLIC_ANSWERS,
            **_ENDINGS,
        },
        "identity_pending": {
            "verify_identity": "identity_verified",
            "assist": "identity_assisted",
            **_RESTART,
            **_ENDINGS,
        },
        "identity_assisted": {
            "wait_for_identity": "identity_pending",
            "verify_identity": "identity_verified",
            **_RESTART,
            **_ENDINGS,
        },
        "identity_verified": {"submit": "submitted", **_ENDINGS},
        "submitted": {"match": "matching", **_PUBLIC_ANSWERS, **_ENDINGS},
        "matching": {"propose": "found", "find_ambiguous": "ambiguous", **_ENDINGS},
        "ambiguous": {"hand_over": "officer", **_ENDINGS},
        "officer": {
            "find": "found",
            "answer_no_match": "no_match",
            "answer_not_held": "not_held",
            "redirect": "redirected",
            **_RESTART,
            **_ENDINGS,
        },
        "found": {"certify": "ready", "reject": "officer", **_RESTART, **_ENDINGS},
        "ready": {"collect": "collected", "undo": "officer", "lock": "locked"},
        "collected": {"close": "closed", "undo": "officer", "lock": "locked"},
        "closed": {"undo": "officer", "lock": "locked"},
        "locked": {"unlock": "email_confirmed", "withdraw": "withdrawn"},
        "redirected": {},
        "not_held": {},
        "no_match": {"look_again": "officer"},
        "withdrawn": {},
        "expired": {},
    },
    notes={
        "started": "The provider is named. Whether it still operates and lodged records is public and answered at once.",
        "email_confirmed": "Waits for the person to show who they are; also after their details or document changed.",
        "identity_pending": "Saved; goes on by itself once the identity is confirmed (TEQ-06).",
        "identity_assisted": "No, too few or expired documents: a person finds another way, never a refusal (TEQ-05).",
        "matching": "Names, birth date and period are compared; exactly one exact match is proposed (TEQ-07).",
        "found": "A match is proposed, not confirmed. Nothing of the record is shown yet.",
        "ambiguous": "None, several, or a value that means unknown: handed to an officer at once.",
        "officer": "An officer compares by hand; a match that is not exact needs a supervisor too.",
        "redirected": "The provider still operates, or another body answers (CQR-09, TEQ-03, TEQ-11).",
        "not_held": "The provider lodged nothing for the time named; says nothing about study (CQR-12).",
        "no_match": "Said by an officer only, never by the machine alone.",
        "ready": "An extract is certified and the mail, which holds no result, is on its way (TEQ-08).",
        "locked": "Somebody else used the account (TEQ-09); a new identity check starts it again.",
        "expired": "Nothing happened for 30 days.",
    },
)

IDENTITY = Machine(
    states=("named", "pending", "assisted", "proposed", "passed", "failed", "expired"),
    initial="named",
    moves={
        "named": {"supply": "pending", "assist": "assisted", "name_another": "expired", "lapse": "expired"},
        "pending": {
            "supply": "pending",
            "confirm": "passed",
            "fail": "failed",
            "assist": "assisted",
            "name_another": "expired",
            "lapse": "expired",
        },
        "assisted": {"propose": "proposed", "supply": "pending", "name_another": "expired", "lapse": "expired"},
        "proposed": {"approve": "passed", "return": "assisted"},
        "passed": {"lapse": "expired"},
        "failed": {},
        "expired": {},
    },
    notes={
        "named": "The person named a document and will upload it later.",
        "pending": "A picture was supplied; an officer looks at it.",
        "assisted": "No usable document: an officer looks for another way, with two independent facts (TEQ-05).",
        "proposed": "An officer wrote down two independent facts; a supervisor, another person, decides.",
        "passed": "Confirmed; the picture is deleted. Lapses after 12 months.",
        "failed": "This document did not confirm who somebody is; an assisted check stands in its place.",
        "expired": "Replaced by another document, idle, or older than 12 months.",
    },
)

MACHINES = {"request": REQUEST, "identity": IDENTITY}
