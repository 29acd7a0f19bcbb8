"""One measured check of a bundle, in a process of its own; prints the seconds. The clock starts after the imports."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from testamur.submissions.bundles import open_bundle
from testamur.submissions.checking import check_bundle


def main(folder: Path) -> float:
    """Check a bundle by every rule, as `files check` does, and return the seconds it took."""
    begun = time.perf_counter()
    check_bundle(open_bundle([folder]), profile="strict", on=datetime.now(UTC).date())
    return time.perf_counter() - begun


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))
