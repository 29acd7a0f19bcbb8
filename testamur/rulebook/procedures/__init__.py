"""What conditions cannot say: facts worked out in code from those that are given, one procedure a ruleset. All pure.

A procedure takes the facts that were read and the numbers of the table, and returns every fact under [derived], no other.
"""

from collections.abc import Callable, Mapping
from typing import Final

from testamur.rulebook.facts import Known, Value
from testamur.rulebook.procedures import issuance, retention, transition

Procedure = Callable[[Known, Mapping[str, int]], dict[str, Value]]

PROCEDURES: Final[Mapping[str, Procedure]] = {
    "issuance": issuance.derive,
    "retention": retention.derive,
    "transition": transition.derive,
}
