"""What an extract may not say or carry, decided over plain text (CQR-10, CQR-11, LOGO-01, USI-05). Pure.

The words of other documents ("testamur", "certificate", "statement of attainment") never name this one: they may stand
in a course's title or a kind of lodged document, because that is lodged data, and nowhere else. A national student
identifier stands nowhere at all.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from testamur.kernel.usi import parse_usi
from testamur.kernel.verdict import Finding, Severity

FORBIDDEN_WORDS: Final = ("testamur", "certificate", "statement of attainment")
SCHEME_WORDS: Final = ("nationally recognised training", "recognised within the australian qualifications framework")
BODY: Final = "text"

_USI_CHARACTER: Final = "[2-9A-HJ-NP-Za-hj-np-z]"
_USI_SHAPE: Final = re.compile(
    rf"(?<![0-9A-Za-z]){_USI_CHARACTER}(?:[ \-\u00a0\u2010\u2011\u2013]?{_USI_CHARACTER}){{9}}(?![0-9A-Za-z])"
)
_NOT_LETTERS: Final = re.compile(r"[\W_]+")


def is_usi(candidate: str) -> bool:
    """Say whether a text is a well-formed identifier: alphabet and check character (USI-09)."""
    return parse_usi(candidate) is not None


def check_wording(
    parts: Mapping[str, str],
    *,
    lodged: Iterable[str] = (),
    codes: Collection[str] = (),
    identifiers: Collection[str] = (),
    required: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """Return every fault of an extract's texts; an empty tuple lets it be signed.

    `parts` maps a place (`text`, `file name`, `metadata …`, `attachment …`) to its text; `text` is the body. `lodged`
    are the data that may hold a forbidden word in the body, each as often as printed; `codes` are product and unit
    codes that may look like an identifier; `identifiers` are the person's own, looked for however they are spaced;
    `required` are the sentences that the body must hold.
    """
    allowed = tuple(lodged)
    findings = [*_missing(parts.get(BODY, ""), required)]
    for place, text in parts.items():
        if not place.startswith("attachment"):
            findings += _forbidden(place, text, allowed if place == BODY else ())
        findings += _identifiers(place, text, codes, identifiers)
    return tuple(findings)


def _finding(rule: str, place: str, message: str, source: str, fix: str) -> Finding:
    """Return a fault that keeps a document from being signed."""
    return Finding(rule, f"{message} (in {place})", source, Severity.ERROR, "BLOCK", column=place, fix=fix)


def _pressed(text: str) -> str:
    """Return a text without case, space and punctuation, so that line breaks hide nothing."""
    return _NOT_LETTERS.sub("", text).casefold()


def _without(body: str, allowed: Iterable[str]) -> str:
    """Return a pressed body from which the lodged data have been cut, each as often as it was given, longest first.

    A mark stays where something was cut, so that no new word forms.
    """
    for phrase in sorted((_pressed(phrase) for phrase in allowed), key=len, reverse=True):
        if phrase:
            body = body.replace(phrase, "\x00", 1)
    return body


def _forbidden(place: str, text: str, allowed: Iterable[str]) -> Iterable[Finding]:
    """Yield a finding for each word that belongs to another kind of document (CQR-10) or scheme (LOGO-01)."""
    body = _without(_pressed(text), allowed)
    for word in FORBIDDEN_WORDS:
        if _pressed(word) in body:
            yield _finding(
                "CQR-10",
                place,
                f"An extract never uses the word “{word}” of itself",
                "CQR-10; seed 000 lines 46-48",
                "Take the word out of the template, the issuer's name or the file name.",
            )
    for phrase in SCHEME_WORDS:
        if _pressed(phrase) in body:
            yield _finding(
                "LOGO-01",
                place,
                "An extract carries no statement of a qualifications framework or training scheme",
                "LOGO-01; seed 000 lines 46-48",
                "Take the statement out of the template or the notes.",
            )


def _missing(body: str, required: Iterable[str]) -> Iterable[Finding]:
    """Yield a finding for each disclaimer that the body lacks (CQR-11)."""
    pressed = _pressed(body)
    for number, sentence in enumerate(required, start=1):
        if _pressed(sentence) not in pressed:
            yield _finding(
                "CQR-11",
                BODY,
                f"The extract lacks statement {number} of its wording",
                "CQR-11; seed 000 lines 52, 62-64",
                "Print every statement of the wording in force.",
            )


def _identifiers(place: str, text: str, codes: Collection[str], identifiers: Collection[str]) -> Iterable[Finding]:
    """Yield a finding where the person's identifier, or anything well-formed as one, stands (USI-05)."""
    pressed = _pressed(text)
    known = any(_pressed(identifier) in pressed for identifier in identifiers if _pressed(identifier))
    if known or any(_looks_like_usi(found, codes) for found in _USI_SHAPE.findall(text)):
        yield _finding(
            "USI-05",
            place,
            "A student identifier of the national scheme stands where none may",
            "USI-05; Student Identifiers instrument s 12(1)(a)",
            "Leave the number out. Where it is the provider's own student number, issue the extract without it.",
        )


def _looks_like_usi(found: str, codes: Collection[str]) -> bool:
    """Say whether a run of ten is an identifier: one case, letters and digits, even groups, right check character."""
    groups = _NOT_LETTERS.split(found)
    compact = "".join(groups)
    mixed = any(c.isdigit() for c in compact) and any(c.isalpha() for c in compact)
    one_case = compact in {compact.upper(), compact.lower()}
    even = len(groups) in {1, 10} or all(2 <= len(group) <= 5 for group in groups)
    return mixed and one_case and even and compact.upper() not in codes and is_usi(compact)
