"""The states of a request for access and the moves between them (rulebook CQR-19). Pure; drawn into docs/states."""

from typing import Final

from testamur.kernel.states import Machine

ACCESS_REQUEST: Final = Machine(
    states=("requested", "email_confirmed", "proposed", "approved", "declined", "expired", "withdrawn"),
    initial="requested",
    moves={
        "requested": {"confirm": "email_confirmed", "expire": "expired", "withdraw": "withdrawn"},
        "email_confirmed": {
            "propose": "proposed",
            "approve": "approved",
            "decline": "declined",
            "expire": "expired",
            "withdraw": "withdrawn",
        },
        "proposed": {"approve": "approved", "decline": "declined", "expire": "expired", "withdraw": "withdrawn"},
        "approved": {},
        "declined": {},
        "expired": {},
        "withdrawn": {},
    },
    notes={
        "requested": "Waits for the person to open the link sent to the address; nobody sees it before.",
        "email_confirmed": "Waits for the provider's administrator, or for the secretariat where there is none.",
        "proposed": "An officer proposes an administrator; a supervisor, another person, approves.",
        "approved": "The person was sent an invitation; the role begins when they accept it with a second factor.",
        "declined": "The person reads why on the page of their link.",
        "expired": "The address was not confirmed within 7 days, or nobody decided within 30.",
    },
)

OPEN: Final = ("requested", "email_confirmed", "proposed")
WAITING: Final = ("email_confirmed", "proposed")

MACHINES: Final[dict[str, Machine]] = {"access_request": ACCESS_REQUEST}
