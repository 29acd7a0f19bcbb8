"""The ledger of erasures outside the database: written to a file that is kept apart, and replayed after a restore.

The file names students by number only. Where a student of the ledger is not in the restored database, nothing is noted for
them: their number may be given to somebody else.
"""

import json
from datetime import datetime
from typing import Final
from uuid import UUID

from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed
from testamur.students import erasing
from testamur.students.models import Erasure, Student

FORMAT: Final = "testamur-erasures/1"


def written_ledger() -> str:
    """Return every erasure as JSON: student's number, basis, who decided, who approved, when."""
    with tenancy.for_register():
        listed = [
            {
                "student": entry.student_id,
                "basis": entry.basis,
                "by": str(entry.by),
                "approved_by": str(entry.approved_by),
                "at": entry.at.isoformat(),
            }
            for entry in Erasure.objects.order_by("at", "student_id")
        ]
    return json.dumps({"format": FORMAT, "erasures": listed}, indent=1) + "\n"


def read_ledger(text: str) -> list[Erasure]:
    """Return the erasures of a written ledger; refuses (NotAllowed) a text that is none, without quoting it."""
    try:
        read = json.loads(text)
        if read["format"] != FORMAT:
            raise ValueError
        return [
            Erasure(
                student_id=int(entry["student"]),
                basis=str(entry["basis"]),
                by=UUID(entry["by"]),
                approved_by=UUID(entry["approved_by"]),
                at=datetime.fromisoformat(entry["at"]),
            )
            for entry in read["erasures"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotAllowed("The file is no ledger of erasures. Give the one that `backup erasures` wrote last.") from None


def replay_ledger(text: str, *, at: datetime) -> int:
    """Erase again whoever a written ledger names and this database still holds; return how many were not erased yet."""
    ledger = read_ledger(text)
    with tenancy.for_register():
        known = set(Student.objects.filter(pk__in=[entry.student_id for entry in ledger]).values_list("pk", flat=True))
        return erasing.replay_erasures([entry for entry in ledger if entry.student_id in known], at=at)
