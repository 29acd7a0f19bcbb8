"""The provider's part of the journey: registered by the secretariat, ceased, files checked, fixed, declared, sealed."""

import io
import re
import zipfile
from datetime import date
from pathlib import Path

from testamur.service.journey import walking
from testamur.service.journey.walking import Journey, accept, day, expect, sign_in, wait
from testamur.service.synthetic import teqsa
from testamur.service.visiting import Upload
from testamur.service.world import people, providers, records


def secretariat_signs_in(journey: Journey) -> str:
    """An officer signs in with a second factor."""
    sign_in(journey.officer, people.OFFICER)
    journey.officer.open("/secretariat/")
    return "with password and code"


def provider_is_registered(journey: Journey) -> str:
    """The officer registers a provider and records that it ceases and has ceased."""
    officer = journey.officer.open("/secretariat/providers/new/")
    abn = providers.made_up_abn(walking.ABN_BODY)
    officer.send(
        {
            "legal_name": walking.NAME,
            "trading_names": "Lighthouse Point",
            "abn": abn,
            "teqsa": walking.TEQSA_ID,
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
    expect(walking.NAME in officer.text, "The provider's card does not show its name.")
    return f"{walking.NAME}, ABN checked, ceasing, then ceased"


def staff_accept(journey: Journey) -> str:
    """Two people of the provider are invited by mail, make their accounts and add a second factor."""
    officer = journey.officer
    card = officer.url
    for visitor, persona in ((journey.data_officer, walking.OFFICER), (journey.administrator, walking.ADMINISTRATOR)):
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
    records.add_student(folder / "bundle", walking.STUDENT, code=walking.CODE, first_year=walking.FIRST_YEAR)
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
        visitor.open(visitor.link("rule=V07"))
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
