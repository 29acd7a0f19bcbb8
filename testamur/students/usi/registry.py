"""What the USI Registry is asked and answers: its operations VerifyUSI and BulkVerifyUSI, as plain values. Pure.

The names of operations, statuses and limits are the Registry's own (its published service description): an answer holds match
flags only, never a name. A request is never printed: neither its text nor its error shows what it holds (USI-07). This
register has no transport to the real service; what answers is chosen by one setting, and `off` means that numbers wait.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

MOST_IN_A_CALL: Final = 500
LONGEST_NAME: Final = 40
_ORG_CODE: Final = re.compile(r"[0-9A-Za-z]{1,6}")
_USI: Final = re.compile(r"[A-HJ-NP-Z2-9]{10}")


class USIStatus(StrEnum):
    """What a number is to the Registry."""

    VALID = "Valid"
    INVALID = "Invalid"
    DEACTIVATED = "Deactivated"


class Match(StrEnum):
    """Whether a field that was sent is the one that the Registry holds."""

    MATCH = "Match"
    NO_MATCH = "NoMatch"


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """One number with the names and the birth date to compare: first and family name, or a single name."""

    usi: str
    birth_date: date
    first_name: str = ""
    family_name: str = ""
    single_name: str = ""

    def __post_init__(self) -> None:
        """Refuse what the Registry's own description refuses; the error says which field, never what it holds."""
        if not _USI.fullmatch(self.usi):
            raise ValueError("the number has not ten characters of the Registry's alphabet")
        both = bool(self.first_name and self.family_name)
        if both == bool(self.single_name) or bool(self.first_name) != bool(self.family_name):
            raise ValueError("send first and family name, or a single name alone")
        if max(len(self.first_name), len(self.family_name), len(self.single_name)) > LONGEST_NAME:
            raise ValueError(f"a name is longer than {LONGEST_NAME} characters")

    def __repr__(self) -> str:
        """Show nothing of a person."""
        return "Question(…)"

    @property
    def sent(self) -> frozenset[str]:
        """Return the names of the fields that the Registry compares."""
        names = {"single_name"} if self.single_name else {"first_name", "family_name"}
        return frozenset(names | {"birth_date"})


@dataclass(frozen=True, slots=True)
class Answer:
    """The Registry's answer to one question: the number's status and, where it compared, a flag a field."""

    status: USIStatus
    first_name: Match | None = None
    family_name: Match | None = None
    single_name: Match | None = None
    birth_date: Match | None = None

    @property
    def flags(self) -> Mapping[str, Match | None]:
        """Return the flags by the names of the fields."""
        names = ("first_name", "family_name", "single_name", "birth_date")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class VerifyUSI:
    """Ask about one number on behalf of an authorised organisation."""

    org_code: str
    question: Question

    def __post_init__(self) -> None:
        """Refuse a code that is none."""
        check_org_code(self.org_code)


@dataclass(frozen=True, slots=True)
class BulkQuestion:
    """One line of a bulk request; `record_id` is the caller's number for it and comes back with the answer."""

    record_id: int
    question: Question


@dataclass(frozen=True, slots=True)
class BulkVerifyUSI:
    """Ask about 1 to 500 numbers in one call."""

    org_code: str
    records: tuple[BulkQuestion, ...]

    def __post_init__(self) -> None:
        """Refuse a call that the Registry would refuse."""
        check_org_code(self.org_code)
        if not 1 <= len(self.records) <= MOST_IN_A_CALL:
            raise ValueError(f"a call holds 1 to {MOST_IN_A_CALL} records")
        if len({one.record_id for one in self.records}) != len(self.records):
            raise ValueError("two records of a call have the same number")


@dataclass(frozen=True, slots=True, repr=False)
class BulkAnswer:
    """One line of a bulk answer; the order of lines means nothing, number and USI say which question it is about."""

    record_id: int
    usi: str
    answer: Answer

    def __repr__(self) -> str:
        """Show the number of the line and the answer, never the USI."""
        return f"BulkAnswer(record_id={self.record_id}, answer={self.answer!r})"


def check_org_code(org_code: str) -> None:
    """Raise ValueError for what is no organisation code: one to six letters and digits."""
    if not _ORG_CODE.fullmatch(org_code):
        raise ValueError("an organisation code has one to six letters and digits")


class RegistryError(Exception):
    """The Registry answered with an error: code, title, message. The message may quote what was sent, so it is never shown."""

    def __init__(self, code: int, title: str, message: str = "") -> None:
        """Keep all three; only code and title are printed."""
        super().__init__(f"{code} {title}")
        self.code = code
        self.title = title
        self.message = message


class Unavailable(RegistryError):
    """1001: the service is closed for now; the same call may be made later."""


class InvalidRequest(RegistryError):
    """1002: something in the call does not fit, and the Registry does not say which record of it."""


class NotAuthorised(RegistryError):
    """2002: the organisation may not ask."""


class IdentityNotVerified(RegistryError):
    """2004: the caller's own identity is not accepted."""


class TimedOut(Exception):
    """No answer came in time: nobody knows what the Registry did with the call."""


_KINDS: Final[Mapping[int, type[RegistryError]]] = {
    1001: Unavailable,
    1002: InvalidRequest,
    2002: NotAuthorised,
    2004: IdentityNotVerified,
}


def error_of(code: int, title: str, message: str = "") -> RegistryError:
    """Return the typed error of a code; a code that is not known stays a RegistryError."""
    return _KINDS.get(code, RegistryError)(code, title, message)


class Registry(Protocol):
    """What any adapter does; `tests/actions/usi_contract.py` holds each to it. Raises RegistryError and TimedOut."""

    @property
    def name(self) -> str:
        """Return who answers, as it is kept with each answer: `fake` for the made-up one."""

    @property
    def org_code(self) -> str:
        """Return the code of the organisation on whose authority this register asks."""

    def verify(self, request: VerifyUSI) -> Answer:
        """Ask about one number."""

    def bulk_verify(self, request: BulkVerifyUSI) -> tuple[BulkAnswer, ...]:
        """Ask about up to 500; answers come in any order."""
