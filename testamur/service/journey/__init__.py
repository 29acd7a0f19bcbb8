"""Walk the whole journey over HTTP as its people would, and say of each step whether it held.

The site is a running demo at an address of this machine. Everything is done on pages, mail is read from the demo's own page,
and the certified extract is checked by the offline verifier. Nothing of the site's own code or data is touched otherwise.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from testamur.service.journey import asking, lodging, vocational
from testamur.service.journey.walking import Journey
from testamur.service.visiting import Lost

Say = Callable[[str], None]
Check = dict[str, object]
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
    except Lost as lost:
        return {"name": name, "ok": False, "detail": str(lost)}
    except Exception as error:  # whatever breaks is a finding about the site, told like the others
        return {"name": name, "ok": False, "detail": f"{type(error).__name__}: {error}"}


STEPS: Final[tuple[tuple[str, Step], ...]] = (
    ("secretariat signs in", lodging.secretariat_signs_in),
    ("provider is registered, ceases and has ceased", lodging.provider_is_registered),
    ("provider's people accept their invitations", lodging.staff_accept),
    ("files are uploaded and checked", lodging.files_are_checked),
    ("a fault is fixed in place", lodging.fault_is_fixed),
    ("a second person declares and the submission is sealed", lodging.second_person_declares),
    ("the same files again change nothing", lodging.same_files_change_nothing),
    ("the public pages answer", asking.public_pages_answer),
    ("a student registers", asking.student_registers),
    ("the student shows who they are", asking.student_shows_identity),
    ("the student applies", asking.student_applies),
    ("the officer confirms identity and match", asking.officer_confirms),
    ("the student is told and downloads", asking.student_downloads),
    ("the extract verifies offline", asking.document_is_verified),
    ("anyone can check the extract", asking.anyone_checks),
    ("the student sees who read the record", asking.reads_are_listed),
    ("a training organisation's NAT files are sealed", vocational.nat_files_are_sealed),
    ("the regulator asks about an impossible record", vocational.regulator_asks),
    ("a certificate stands in the extract of a closed RTO's student", vocational.certificate_stands_in_the_extract),
    ("the log verifies", asking.log_holds),
)
