"""The states of a submission and the moves between them (rulebook F.1). Pure; drawn into docs/states."""

from testamur.kernel.states import Machine

SUBMISSION = Machine(
    states=(
        "drafted",
        "uploaded",
        "validating",
        "rejected",
        "needs_fix",
        "ready",
        "submitted",
        "accepted",
        "sealed",
        "superseded",
        "withdrawn",
    ),
    initial="drafted",
    moves={
        "drafted": {"receive": "uploaded", "choose": "drafted", "withdraw": "withdrawn"},
        "uploaded": {
            "receive": "uploaded",
            "fix": "uploaded",
            "choose": "uploaded",
            "check": "validating",
            "withdraw": "withdrawn",
        },
        "validating": {
            "refuse": "rejected",
            "find_faults": "needs_fix",
            "pass": "ready",
            "give_up": "uploaded",
            "withdraw": "withdrawn",
        },
        "rejected": {"receive": "uploaded", "choose": "uploaded", "withdraw": "withdrawn"},
        "needs_fix": {
            "receive": "uploaded",
            "fix": "uploaded",
            "choose": "uploaded",
            "hold": "ready",
            "withdraw": "withdrawn",
        },
        "ready": {
            "receive": "uploaded",
            "fix": "uploaded",
            "choose": "uploaded",
            "stop_holding": "needs_fix",
            "declare": "submitted",
            "withdraw": "withdrawn",
        },
        "submitted": {"accept": "accepted", "return": "ready", "withdraw": "withdrawn"},
        "accepted": {"seal": "sealed", "return": "ready"},
        "sealed": {"supersede": "superseded"},
        "superseded": {},
        "withdrawn": {},
    },
    notes={
        "uploaded": "Cells may be fixed here while the last check's findings are still about these files.",
        "validating": "The worker reads and checks; it may be killed and started again.",
        "rejected": "No file of the format could be read.",
        "needs_fix": "At least one error: fix it, or hold the rows with errors and go on with the good ones.",
        "ready": "No error, or every row with an error is held. A second authorised person may declare it.",
        "submitted": "Declared, under a text with its version; waits for acceptance where the regulator asks for one.",
        "accepted": "The worker makes it part of the permanent record, all or nothing.",
        "sealed": "Changed from now on only by a correction under a higher version.",
        "superseded": "A later submission replaced the whole of it.",
    },
)

NIL_RETURN = Machine(
    states=("filed", "declared", "withdrawn", "superseded"),
    initial="filed",
    moves={
        "filed": {"declare": "declared", "withdraw": "withdrawn", "supersede": "superseded"},
        "declared": {"supersede": "superseded"},
        "withdrawn": {},
        "superseded": {},
    },
    notes={
        "filed": "A data officer says that there is nothing to lodge for a window that is over.",
        "declared": "A second authorised person stands for it; it has a leaf in the log.",
        "superseded": "Records of the window were lodged later.",
    },
)

_DECISIONS = {"explain": "explained", "correct": "corrected", "accept": "accepted", "supersede": "superseded"}
DOUBT = Machine(
    states=("open", "asked", "answered", "explained", "corrected", "accepted", "superseded"),
    initial="open",
    moves={
        "open": {"ask": "asked", **_DECISIONS},
        "asked": {"answer": "answered", **_DECISIONS},
        "answered": {"ask": "asked", **_DECISIONS},
        "explained": {},
        "corrected": {},
        "accepted": {},
        "superseded": {},
    },
    notes={
        "open": "Sealed though a rule doubts it; nobody has looked yet.",
        "asked": "The regulator has asked the provider, who reads the question on its page.",
        "answered": "The provider has answered; the regulator decides.",
        "explained": "The record is right, and why is written down.",
        "corrected": "A later submission corrected the record; its new version stands in the register.",
        "accepted": "The record stays as it is without an explanation; why is written down.",
        "superseded": "A later submission replaced the whole of the one in which it stood.",
    },
)

DOUBTS_WAITING = ("open", "asked", "answered")

LODGED_EXPORT = Machine(
    states=("asked", "prepared", "failed", "removed"),
    initial="asked",
    moves={
        "asked": {"prepare": "prepared", "fail": "failed", "remove": "removed"},
        "prepared": {"remove": "removed"},
        "failed": {"remove": "removed"},
        "removed": {},
    },
    notes={
        "asked": "The worker writes the archive; it may be killed and started again.",
        "prepared": "The archive can be fetched until its hours are over; every download is noted for each student.",
        "failed": "There is no archive, and the page says why.",
        "removed": "The archive is gone: its hours are over, somebody removed it, or a student in it was erased.",
    },
)

MACHINES = {
    "submission": SUBMISSION,
    "nil_return": NIL_RETURN,
    "doubtful_record": DOUBT,
    "lodged_export": LODGED_EXPORT,
}
