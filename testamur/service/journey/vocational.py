"""The vocational part of the journey: NAT files sealed, the regulator asks about a record, a certificate stands in an extract."""

import io
import zipfile

from testamur.service.journey import asking
from testamur.service.journey.walking import Journey, expect, sign_in, wait
from testamur.service.synthetic import avetmiss
from testamur.service.visiting import Upload, Visitor
from testamur.service.world import people, providers, vocational

_STUDENTS, _YEAR = 8, 2023


def nat_files_are_sealed(journey: Journey) -> str:
    """The operating RTO uploads a clean set of NAT files; a second person declares, a supervisor accepts, it is sealed."""
    officer, administrator, supervisor = (Visitor(journey.address) for _ in range(3))
    sign_in(officer, people.RTO_OFFICER)
    officer.open("/provider/")
    expect("fix" in officer.text, "The set with faults does not wait for the data officer.")
    officer.open("/provider/submissions/new/")
    files = {"uploads": [Upload("nat.zip", _nat_files(journey), "application/zip")]}
    officer.send({"format": "avetmiss8", "profile": "strict"}, files=files, button="Upload")
    place = officer.url
    wait(
        lambda: "Finished" in officer.open(f"{place}progress/").body.decode(), "The check of the NAT files did not end."
    )
    sign_in(administrator, people.RTO_ADMINISTRATOR)
    administrator.open(f"{place}declare/").send({"agreed": "on"}, button="Declare")
    sign_in(supervisor, people.SUPERVISOR)
    number = place.rstrip("/").rpartition("/")[2]
    supervisor.open(f"/secretariat/submissions/{number}/").send({"agreed": "on"}, button="Accept")
    wait(
        lambda: "receipt" in officer.open(f"{place}progress/").body.decode(),
        "The sealing of the NAT files did not end.",
    )
    officer.open(f"{place}receipt/")
    expect("Sealed" in officer.text, "The receipt does not say that the NAT files are sealed.")
    return "checked, declared, accepted by a supervisor, sealed"


def _nat_files(journey: Journey) -> bytes:
    """Return a clean set of NAT files as a zip."""
    folder = journey.work / "nat"
    code = providers.RTO_CODE
    avetmiss.write_bundle(
        folder, students=_STUDENTS, activities_per_student=3, seed=4711, year=_YEAR, organisation=code
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return out.getvalue()


def regulator_asks(journey: Journey) -> str:
    """The officer asks the closed RTO about an award after its registration; the RTO answers; the officer decides."""
    officer, provider = journey.officer, Visitor(journey.address)
    officer.open("/secretariat/doubts/?rule=D03").follow("A certificate issued after the registration ended")
    page = officer.url
    expect(providers.TRAINING in officer.text, "The doubtful record is not the closed organisation's.")
    officer.send({"question": "On what authority was this certificate issued?"}, button="Ask")
    sign_in(provider, people.TRAINING_OFFICER)
    provider.open("/provider/questions/").follow("A certificate issued after the registration ended")
    provider.send({"answer": "The liquidator printed it again on the wrong day."}, button="Answer")
    officer.open(page)
    expect("The liquidator printed it" in officer.text, "The officer does not see the answer.")
    officer.send(
        {"verb": "explain", "reason": "A reprint with the wrong day, confirmed by the provider."}, button="Decide"
    )
    officer.open(page)
    expect("Explained" in officer.text, "The decision is not shown.")
    return "asked, answered, explained"


def certificate_stands_in_the_extract(journey: Journey) -> str:
    """The student of the closed RTO sees the certificate, and downloads the certified extract, which verifies offline."""
    student = Visitor(journey.address)
    sign_in(student, people.VOCATIONAL)
    student.open("/student/record/")
    for words in (vocational.PROGRAM[1], vocational.NUMBER):
        expect(words in student.text, f"The record does not show {words}.")
    path = journey.work / "vocational.pdf"
    path.write_bytes(student.open(student.link("/record/extracts/")).body)
    found = asking.told("document", "verify", str(path), "--json")
    failed = [check["name"] for check in found["checks"] if not check["ok"]]
    expect(bool(found["ok"]), f"The verifier found fault with {failed}.")
    return "certificate number and units on the page; the extract verifies offline"
