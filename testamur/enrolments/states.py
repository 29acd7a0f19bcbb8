"""The states of an enrolment (rulebook AQF-03, AQF-04, TRN-03, TRN-08). Pure; drawn into docs/states."""

from typing import Final

from testamur.kernel.states import Machine

ENROLMENT: Final = Machine(
    states=("enrolled", "commenced", "completed", "exited", "transferred", "cancelled"),
    initial="enrolled",
    moves={
        "enrolled": {"commence": "commenced", "exit": "exited", "transfer": "transferred", "cancel": "cancelled"},
        "commenced": {"complete": "completed", "exit": "exited", "transfer": "transferred", "cancel": "cancelled"},
        "completed": {"reopen": "commenced"},
        "exited": {"reopen": "commenced"},
        "transferred": {"reopen": "commenced"},
    },
    notes={
        "enrolled": "The student is accepted; nothing was trained or assessed yet.",
        "commenced": "Training or assessment has begun; the first outcome with a date leads here by itself.",
        "completed": "Every unit has its outcome; the day is that of the last decisive one.",
        "exited": "The student left before the end, on a day and for a reason.",
        "transferred": "The student went on in the product that replaces this one.",
        "cancelled": "The enrolment should not have been made, or never began. Nothing is issued from it.",
    },
)
ACTIVE: Final = frozenset({"enrolled", "commenced"})

MACHINES: Final[dict[str, Machine]] = {"enrolment": ENROLMENT}
