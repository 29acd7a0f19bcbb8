"""One measured check of a set of NAT files, in a process of its own; prints the seconds and the most bytes resident.

With `kept`, as the worker does it: the typed rows are kept, and the rules on duplicate and impossible records run as for a provider
of whom nothing is held yet. The clock starts after the imports.
"""

import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from testamur.kernel.periods import Period
from testamur.submissions.bundles import open_bundle
from testamur.submissions.doubts import Facts, look_again
from testamur.submissions.formats import FORMATS


def main(folder: Path, *, keep: bool) -> tuple[float, int]:
    """Check a set by every record and cross-file rule; return the seconds and the peak of resident memory."""
    form, on = FORMATS["avetmiss8"], datetime.now(UTC).date()
    with tempfile.TemporaryDirectory() as kept:
        begun = time.perf_counter()
        with open_bundle([folder]) as bundle:
            outcome = form.check(bundle, profile="strict", on=on, keep=Path(kept) if keep else None)
        if keep:
            look_again(form, outcome, Path(kept), Facts(registered=(Period(date(2010, 1, 1)),)))
        seconds = time.perf_counter() - begun
    if outcome.counts["error"]:
        raise SystemExit("The made-up set has errors, so its lines would not all be loaded.")
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    print(*main(Path(sys.argv[1]), keep=sys.argv[2:] == ["kept"]))
