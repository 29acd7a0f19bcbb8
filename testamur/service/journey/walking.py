"""Who walks the journey, and what several of its steps do: sign in, read mail, wait for the worker, accept an invitation."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from testamur.accounts.roles import Role
from testamur.service.visiting import Lost, Visitor
from testamur.service.world import people
from testamur.service.world.people import PASSWORD, Persona

NAME: Final = "Lighthouse Point College Pty Ltd"
ABN_BODY: Final = 201
TEQSA_ID: Final = "PRV90711"
OFFICER: Final = Persona(
    "journey officer", Role.PROVIDER_DATA_OFFICER, "Beatriz Silva", "beatriz.silva@lighthousepoint.example.org", ""
)
ADMINISTRATOR: Final = Persona(
    "journey admin", Role.PROVIDER_ADMINISTRATOR, "Jasper Tautahi", "jasper.tautahi@lighthousepoint.example.org", ""
)
STUDENT: Final = Persona(
    "journey student", Role.STUDENT, "Noor Vasquez", "noor.vasquez@example.org", "", date(1997, 3, 14)
)
CODE: Final = "LP-4711"
FIRST_YEAR: Final = 2016
_PATIENCE: Final = 90.0  # seconds for what the worker does


@dataclass(slots=True)
class Journey:
    """What the steps hand on to one another."""

    address: str
    work: Path
    officer: Visitor = field(init=False)
    data_officer: Visitor = field(init=False)
    administrator: Visitor = field(init=False)
    student: Visitor = field(init=False)
    anyone: Visitor = field(init=False)
    submission: str = ""
    archive: bytes = b""
    extract: Path | None = None
    number: str = ""
    case: str = ""

    def __post_init__(self) -> None:
        """Give each of them a browser of their own."""
        for name in ("officer", "data_officer", "administrator", "student", "anyone"):
            setattr(self, name, Visitor(self.address))


def expect(holds: bool, otherwise: str) -> None:
    """Raise Lost with the words where something does not hold."""
    if not holds:
        raise Lost(otherwise)


def sign_in(visitor: Visitor, persona: Persona) -> None:
    """Sign in with the password and, for staff, the code of the authenticator app."""
    visitor.open("/account/sign-in/").send({"login": persona.email, "password": PASSWORD}, button="Sign in")
    if visitor.has_form("code"):
        visitor.send({"code": people.lasting_code(persona.secret)})
    expect("Sign out" in visitor.text or "sign-out" in str(visitor.links), f"{persona.title} could not sign in.")


def mail(journey: Journey, email: str, subject: str) -> Visitor:
    """Open the newest mail to somebody whose subject holds some words, as soon as it has arrived."""
    reader = Visitor(journey.address)

    def arrived() -> bool:
        reader.open("/demo/")
        wanted = [where for words, where in reader.links if "/demo/mail/" in where and subject in words]
        return any(email in reader.open(where).text for where in wanted)

    wait(arrived, f"No mail “{subject}” arrived.")
    return reader


def wait(arrived: Callable[[], bool], otherwise: str) -> None:
    """Ask again until something has arrived."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if arrived():
            return
        time.sleep(0.5)
    raise Lost(f"{otherwise} Waited {_PATIENCE:.0f} seconds.")


def day(name: str, value: date) -> dict[str, str]:
    """Return the three fields of a date."""
    return {f"{name}_0": str(value.day), f"{name}_1": str(value.month), f"{name}_2": str(value.year)}


def accept(visitor: Visitor, journey: Journey, persona: Persona) -> None:
    """Follow the invitation in the mail, choose a password, and add the authenticator app."""
    letter = mail(journey, persona.email, "invited")
    visitor.open(letter.link("/account/invitation/"))
    visitor.send({"password1": PASSWORD, "password2": PASSWORD}, button="Accept")
    visitor.send({"login": persona.email, "password": PASSWORD}, button="Sign in")
    key = re.search(r"Key: ([A-Z2-7]{16,})", visitor.text)
    expect(key is not None, "The page shows no key for the authenticator app.")
    visitor.send({"code": people.lasting_code(key[1] if key else "")}, button="Add the app")
