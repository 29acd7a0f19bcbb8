"""The student's part of the journey: registers, shows who they are, applies, downloads; and anyone checks the document."""

import hashlib
import json
import subprocess

from testamur.extracts.actions import Details
from testamur.service.journey import walking
from testamur.service.journey.walking import Journey, day, expect, mail, wait
from testamur.service.processes import CLI, child_environment
from testamur.service.synthetic.pdfs import small_pdf
from testamur.service.visiting import Upload
from testamur.service.world import people, providers, records
from testamur.service.world.cases import details_of
from testamur.service.world.people import PASSWORD


def public_pages_answer(journey: Journey) -> str:
    """Anyone finds the closed provider by its ABN and in the list; an operating one answers with its contact details."""
    anyone = journey.anyone.open("/providers/closed/")
    expect(providers.CLOSED in anyone.text, "The list of closed providers lacks the demo's.")
    anyone.open("/providers/").send({"q": providers.made_up_abn(walking.ABN_BODY)})
    anyone.follow(walking.NAME)
    expect("Apply for my records" in anyone.text, "The page of the ceased provider does not lead to an application.")
    anyone.open("/providers/").send({"q": "currawong"}).follow(providers.HIGHER)
    expect("graduations@currawong.example.org" in anyone.text, "The operating provider's contact is not shown.")
    return "found by ABN and trading name; the operating provider answers with its contact"


def student_registers(journey: Journey) -> str:
    """The student registers, and confirms the address from the mail."""
    student, email = journey.student.open("/account/register/"), walking.STUDENT.email
    student.send({"email": email, "password1": PASSWORD, "password2": PASSWORD}, button="Register")
    letter = mail(journey, email, "onfirm")
    student.open(letter.link("/account/confirm/")).send(button="Confirm")
    if student.has_form("login", "password"):
        student.send({"login": email, "password": PASSWORD}, button="Sign in")
    student.open("/student/")
    return "address confirmed from the mail"


def student_shows_identity(journey: Journey) -> str:
    """The student says who they are, names a document, comes back later, and uploads its picture."""
    told: Details = details_of(walking.STUDENT)
    student = journey.student.open("/student/details/")
    student.send({"family_name": told.family_name, "given_name": told.given_name, **day("birth_date", told.birth_date)})
    student.open("/student/identity/").send({"kind": "licence"}, button="Save")
    picture = Upload("licence.pdf", small_pdf(["A made-up identity document"]), "application/pdf")
    student.open("/student/identity/").send({"kind": "licence"}, files={"scan": [picture]}, button="Save")
    return "licence named, picture supplied"


def student_applies(journey: Journey) -> str:
    """The student finds the provider by its trading name and applies; the application waits for the identity."""
    student = journey.student.open("/student/find/").send({"q": "lighthouse point"})
    student.follow(walking.NAME)
    first = walking.FIRST_YEAR
    student.send(
        {"attended_from": str(first), "attended_until": str(first + 2), "courses": records.COURSE[1]}, button="Apply"
    )
    journey.case = student.url
    return "kept until the identity is confirmed"


def officer_confirms(journey: Journey) -> str:
    """The officer confirms the identity, then the exact match that the register proposes."""
    officer = journey.officer
    case = f"/secretariat/requests/{journey.case.rstrip('/').rpartition('/')[2]}/"
    officer.open("/secretariat/requests/")
    expect(walking.NAME in officer.text, "The application is not in the officer's queue.")
    expect(walking.STUDENT.name.split()[0] not in officer.text, "The queue names an applicant.")
    officer.open(case).follow("Open the identity check")
    officer.open(officer.link("/scan"))
    expect(officer.body.startswith(b"%PDF"), "The picture of the document cannot be opened.")
    officer.open(case).follow("Open the identity check").send(button="It is")
    officer.open(case)
    expect("Exact" in officer.text, "The register proposes no exact match.")
    officer.send(button="Confirm the match")
    expect("is certified" in officer.text, f"No extract was certified: {officer.text[-600:]}")
    return "the picture looked at, the identity confirmed, one exact match confirmed"


def student_downloads(journey: Journey) -> str:
    """The mail says that the records are ready and holds no result; the student downloads the extract and the lodged PDF."""
    letter = mail(journey, walking.STUDENT.email, "ready")
    expect(records.COURSE[1] not in letter.text, "The mail names a course.")
    student = journey.student.open("/student/record/")
    expect(records.COURSE[1] in student.text, "The record does not show the course.")
    extract = student.link("/record/extracts/")
    lodged = [address for _, address in student.links if "/record/lodged/" in address]
    expect(len(lodged) == 2, f"Two lodged documents were expected, {len(lodged)} are shown.")
    journey.extract = journey.work / "extract.pdf"
    journey.number = extract.rpartition("/")[2].removesuffix(".pdf")
    journey.extract.write_bytes(student.open(extract).body)
    for address in lodged:
        sha256 = hashlib.sha256(journey.student.open(address).body).hexdigest()
        expect(sha256 in address, "A lodged document does not have the hash under which it was lodged.")
    return "extract and two lodged documents, their hashes as lodged"


def document_is_verified(journey: Journey) -> str:
    """The offline verifier finds the extract whole, with its own proof in the log, and sees a changed byte."""
    path, proof = journey.extract or journey.work, journey.work / "extract.tlog-proof"
    student = journey.student

    def sealed() -> bool:
        student.open(f"/student/record/extracts/{journey.number}.tlog-proof")
        return student.headers.get("Content-Type", "").startswith("text/plain")

    wait(sealed, "The proof of the extract did not come.")
    proof.write_bytes(student.body)
    found = told("document", "verify", str(path), "--proof", str(proof), "--json")
    failed = [check["name"] for check in found["checks"] if not check["ok"]]
    expect(bool(found["ok"]), f"The verifier found fault with {failed}.")
    changed = journey.work / "changed.pdf"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    expect(not told("document", "verify", str(changed), "--json")["ok"], "The verifier did not see a changed byte.")
    return f"{len(found['checks'])} checks hold; a changed byte is seen"


def told(*words: str) -> dict[str, list[dict[str, object]]]:
    """Run a command and return the JSON that it prints."""
    answer = subprocess.run([*CLI, *words], capture_output=True, text=True, env=child_environment(), check=False)
    told: dict[str, list[dict[str, object]]] = json.loads(answer.stdout)
    return told


def anyone_checks(journey: Journey) -> str:
    """Anyone checks the extract by number and by the hash of the file; a wrong number is not ours."""
    anyone = journey.anyone.open("/check/").send({"number": journey.number})
    expect("Authentic and current" in anyone.text, "The extract is not authentic by its number.")
    expect(
        people.VERIFIED.name not in anyone.text and walking.STUDENT.name.split()[0] not in anyone.text,
        "The answer names a person.",
    )
    sha256 = hashlib.sha256((journey.extract or journey.work).read_bytes()).hexdigest()
    anyone.open("/check/").send({"sha256": sha256})
    expect("Authentic and current" in anyone.text, "The extract is not authentic by its hash.")
    anyone.open("/check/").send({"sha256": "0" * 64})
    expect("Not ours" in anyone.text, "A foreign file is not told apart.")
    return "authentic and current by number and by file, without a name; a foreign file is not ours"


def reads_are_listed(journey: Journey) -> str:
    """The student sees who read the record: themselves and the officer inside the case."""
    student = journey.student.open("/student/access/")
    expect("fficer" in student.text, "The officer's reads are not listed.")
    return "the officer's and the student's own reads are listed"


def log_holds(journey: Journey) -> str:
    """The log recomputes from the database to its signed checkpoints."""
    found: dict[str, list[dict[str, object]]] = {}

    def whole() -> bool:
        nonlocal found
        found = told("log", "verify", "--json")
        return bool(found["ok"])

    wait(whole, "The log does not verify.")
    return f"{len(found['checks'])} checks hold"
