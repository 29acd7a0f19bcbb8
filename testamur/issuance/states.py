"""The states of a certification document and of a template version (rulebook F.1, AQF-13, AQF-15). Pure; drawn into docs/states."""

from typing import Final

from testamur.kernel.states import Machine

CERTIFICATION: Final = Machine(
    states=(
        "prepared",
        "approved",
        "issued",
        "replaced",
        "cancellation_proposed",
        "cancelled",
        "surrendered",
        "revoked",
        "discarded",
    ),
    initial="prepared",
    moves={
        "prepared": {"approve": "approved", "discard": "discarded"},
        "approved": {"issue": "issued"},
        "issued": {
            "replace": "replaced",
            "correct": "cancelled",
            "propose_cancellation": "cancellation_proposed",
            "surrender": "surrendered",
            "revoke": "revoked",
        },
        "cancellation_proposed": {"cancel": "cancelled", "keep": "issued"},
    },
    notes={
        "prepared": "One person found that it may be issued. Nothing is rendered yet; the rules are asked again at approval.",
        "approved": "A second person approved. Passed within the transaction that issues.",
        "issued": "Rendered, scanned, sealed, stored, and on the permanent record with its leaf.",
        "replaced": "A document in the student's changed name stands in its place and is linked.",
        "cancellation_proposed": "Somebody proposed to cancel it, with a ground and a reason; another person decides.",
        "cancelled": "It holds no more. Its number answers so for ever.",
        "surrendered": "The student gave it back.",
        "revoked": "The provider took back a higher education award.",
        "discarded": "It was prepared and never issued; nobody was given anything.",
    },
)
WAITING: Final = frozenset({"prepared", "approved"})
LIVE: Final = frozenset({"prepared", "approved", "issued", "cancellation_proposed"})
HELD_BY_STUDENT: Final = frozenset(
    {"issued", "replaced", "cancellation_proposed", "cancelled", "surrendered", "revoked"}
)

TEMPLATE: Final = Machine(
    states=("proposed", "approved", "declined", "retired"),
    initial="proposed",
    moves={"proposed": {"approve": "approved", "decline": "declined"}, "approved": {"retire": "retired"}},
    notes={
        "proposed": "Its source and pictures are kept under their hashes, and every required item was seen on the specimens.",
        "approved": "A second person approved exactly these hashes. Documents are rendered by the newest approved version.",
        "declined": "It was not approved and never rendered a document.",
        "retired": "It renders no new document; those that it rendered stay.",
    },
)

MACHINES: Final[dict[str, Machine]] = {"certification": CERTIFICATION, "template": TEMPLATE}
