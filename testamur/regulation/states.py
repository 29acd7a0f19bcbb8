"""The states of a record sweep and the moves between them (rulebook CQR-18). Pure; drawn into docs/states."""

from typing import Final

from testamur.kernel.states import Machine

OPENED: Final = "opened"
COMPLETED: Final = "completed"
CLOSED_INCOMPLETE: Final = "closed_incomplete"

RECORD_SWEEP: Final = Machine(
    states=(OPENED, COMPLETED, CLOSED_INCOMPLETE),
    initial=OPENED,
    moves={
        OPENED: {"complete": COMPLETED, "close_incomplete": CLOSED_INCOMPLETE},
        COMPLETED: {"reopen": OPENED},
        CLOSED_INCOMPLETE: {"reopen": OPENED},
    },
    notes={
        OPENED: "A notice of ceasing, or an end, opened it: the records of the whole registration are asked for and chased.",
        COMPLETED: "Every period is answered by records or by a nil return.",
        CLOSED_INCOMPLETE: "A supervisor closed it with a reason; what never came stays on the coverage map.",
    },
)

MACHINES: Final[dict[str, Machine]] = {"record_sweep": RECORD_SWEEP}
