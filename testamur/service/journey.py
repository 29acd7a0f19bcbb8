"""Walk the whole journey over HTTP as its people would, and say of each step whether it held.

The site is a running demo at an address of this machine. Everything is done on pages, mail is read from the demo's own page,
and the certified extract is checked by the offline verifier. Nothing of the site's own code or data is touched otherwise.
"""

import io
import re
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from testamur.accounts.roles import Role
from testamur.service.synthetic import teqsa
from testamur.service.visiting import Lost, Upload, Visitor
from testamur.service.world import people, providers, records
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
_CODE: Final = "LP-4711"
_FIRST_YEAR: Final = 2016
_PATIENCE: Final = 90.0  # seconds for what the worker does
Say = Callable[[str], None]
Check = dict[str, object]


@dataclass(slots=True)
class Journey:
    """What the steps hand on to one another."""

    address: str
    work: Path
    officer: Visitor = field(init=False)
    data_officer: Visitor = field(init=False)
    administrator: Visitor = field(init=False)
    student: Visitor = field(init=False)
    submission: str = ""
    archive: bytes = b""
    extract: Path | None = None
    number: str = ""

    def __post_init__(self) -> None:
        """Give each of them a browser of their own."""
        for name in ("officer", "data_officer", "administrator", "student"):
            setattr(self, name, Visitor(self.address))


Step = Callable[[Journey], str]


def drive(address: str, *, say: Say) -> list[Check]:
    """Walk all steps in order; after the first that fails the rest are named as not reached."""
    found: list[Check] = []
    with tempfile.TemporaryDirectory(prefix="journey-") as folder:
        journey = Journey(address, Path(folder))
        for name, step in STEPS:
            if found and not found[-1]["ok"]:
                found.append({"name": name, "ok": False, "detail": "not reached"})
                continue
            found.append(_walked(name, step, journey))
            say(f"{'ok    ' if found[-1]['ok'] else 'FAILED'}  {name}: {found[-1]['detail']}")
    return found


def _walked(name: str, step: Step, journey: Journey) -> Check:
    """Walk one step."""
    try:
        return {"name": name, "ok": True, "detail": step(journey)}
    except (Lost, OSError) as lost:
        return {"name": name, "ok": False, "detail": str(lost)}


def expect(holds: bool, otherwise: str) -> None:
    """Raise Lost with the words where something does not hold."""
    if not holds:
        raise Lost(otherwise)


# What several steps do -----------------------------------------------------------------------------------------------


def sign_in(visitor: Visitor, persona: Persona) -> None:
    """Sign in with the password and, for staff, the code of the authenticator app."""
    visitor.open("/account/sign-in/").send({"login": persona.email, "password": PASSWORD}, button="Sign in")
    if visitor.has_form("code"):
        visitor.send({"code": persona.code})
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
    visitor.send({"code": people.totp_code(key[1] if key else "")}, button="Add the app")


# The steps -----------------------------------------------------------------------------------------------------------


def secretariat_signs_in(journey: Journey) -> str:
    """An officer signs in with a second factor."""
    sign_in(journey.officer, people.OFFICER)
    journey.officer.open("/secretariat/")
    return "with password and code"


def provider_is_registered(journey: Journey) -> str:
    """The officer registers a provider and records that it ceases and has ceased."""
    officer = journey.officer.open("/secretariat/providers/new/")
    abn = providers.made_up_abn(ABN_BODY)
    officer.send(
        {
            "legal_name": NAME,
            "trading_names": "Lighthouse Point",
            "abn": abn,
            "teqsa": TEQSA_ID,
            "regulator": "TEQSA",
            "sector": "he",
            **day("registered_from", date(2010, 1, 1)),
        },
        button="Register",
    )
    card = officer.url
    for verb, dates in (
        ("record_ceasing", day("effective_date", date(2025, 2, 1)) | day("ceases_on", date(2025, 7, 1))),
        ("record_ceased", day("effective_date", date(2025, 7, 1))),
    ):
        officer.open(card).open(officer.link(f"/{verb}/"))
        officer.send({**dates, "authority": "Decision of the regulator"})
    officer.open(card)
    expect(NAME in officer.text, "The provider's card does not show its name.")
    return f"{NAME}, ABN checked, ceasing, then ceased"


def staff_accept(journey: Journey) -> str:
    """Two people of the provider are invited by mail, make their accounts and add a second factor."""
    officer = journey.officer
    card = officer.url
    for visitor, persona in ((journey.data_officer, OFFICER), (journey.administrator, ADMINISTRATOR)):
        officer.open(card).follow("Invite or remove people")
        officer.send({"name": persona.name, "email": persona.email, "role": persona.role.value})
        accept(visitor, journey, persona)
    for visitor in (journey.data_officer, journey.administrator):
        visitor.open("/provider/")
    return "two people, each with an authenticator app"


def files_are_checked(journey: Journey) -> str:
    """The data officer uploads a zip with one fault; the worker finds it."""
    visitor = journey.data_officer.open("/provider/submissions/new/")
    journey.archive = bundle(journey.work)
    visitor.send({"profile": "strict"}, files={"uploads": [upload(journey)]}, button="Upload")
    journey.submission = re.sub(r"(/submissions/[0-9a-f-]{36}/).*", r"\1", visitor.url)
    until_checked(journey)
    visitor.open(f"{journey.submission}findings/")
    expect("1 error to fix" in visitor.text, f"Not exactly one error was found: {visitor.text[:300]}")
    expect("V07" in visitor.text, "The planted fault V07 was not found.")
    visitor.open(visitor.link("/annotated/?file=studentresults"))
    expect(b"Unit of Study Completion Status: " in visitor.body, "The annotated file does not say what is wrong.")
    return "one planted fault found, and named in the file given back"


def bundle(folder: Path) -> bytes:
    """Return a zip of a made-up bundle with one fault and the journey's student."""
    teqsa.write_bundle(
        folder / "bundle", students=8, results_per_student=9, seed=711, faults=["V07 other status"], pdfs=2
    )
    records.add_student(folder / "bundle", STUDENT, code=_CODE, first_year=_FIRST_YEAR)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((folder / "bundle").iterdir()):
            archive.write(path, path.name)
    return out.getvalue()


def upload(journey: Journey) -> Upload:
    """Return the zip as the form takes it."""
    return Upload("bundle.zip", journey.archive, "application/zip")


def until_checked(journey: Journey) -> None:
    """Wait until the worker has checked the submission."""
    visitor = journey.data_officer
    wait(lambda: "Finished" in visitor.open(f"{journey.submission}progress/").body.decode(), "The check did not end.")


def fault_is_fixed(journey: Journey) -> str:
    """The data officer fixes the cell on the page and has the files checked again."""
    visitor = journey.data_officer.open(f"{journey.submission}findings/")
    if not visitor.has_form("row", "column", "value"):
        visitor.follow("Show it")
    visitor.send({"value": "3"}, button="Fix")
    visitor.open(f"{journey.submission}findings/").send(button="Check again")
    until_checked(journey)
    visitor.open(f"{journey.submission}findings/")
    expect("No errors" in visitor.text or "Nothing was found" in visitor.text, "An error is left after the fix.")
    return "no error is left"


def second_person_declares(journey: Journey) -> str:
    """Whoever prepared the submission cannot declare it; the administrator can, and it is sealed."""
    preparing = journey.data_officer.open(f"{journey.submission}declare/")
    expect(not preparing.has_form("agreed"), "The person who prepared the submission may declare it.")
    declaring = journey.administrator.open(f"{journey.submission}declare/")
    declaring.send({"agreed": "on"}, button="Declare")
    wait(
        lambda: "receipt" in declaring.open(f"{journey.submission}progress/").body.decode(), "The sealing did not end."
    )
    declaring.open(f"{journey.submission}receipt/")
    expect("Sealed" in declaring.text, "The receipt does not say that the submission is sealed.")
    return "declared by the administrator, sealed"


def same_files_change_nothing(journey: Journey) -> str:
    """The same files a second time change nothing."""
    visitor = journey.data_officer.open("/provider/submissions/new/")
    visitor.send({"profile": "strict"}, files={"uploads": [upload(journey)]}, button="Upload", expected=(422, 403))
    expect("part of the permanent record already" in visitor.text, "The same files were taken a second time.")
    return "refused as sealed already"


STEPS: Final[tuple[tuple[str, Step], ...]] = (
    ("secretariat signs in", secretariat_signs_in),
    ("provider is registered, ceases and has ceased", provider_is_registered),
    ("provider's people accept their invitations", staff_accept),
    ("files are uploaded and checked", files_are_checked),
    ("a fault is fixed in place", fault_is_fixed),
    ("a second person declares and the submission is sealed", second_person_declares),
    ("the same files again change nothing", same_files_change_nothing),
)
