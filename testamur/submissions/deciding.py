"""What may be done with a submission: plain values in, a Verdict out (rulebook F.1 submission, E.2, F.2). Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from testamur.kernel.identifiers import printed
from testamur.kernel.verdict import Finding, Verdict

RULESET = "submission"
VERSION = "2026-01-01"
LARGEST_FIX = 2_000
UNDER_WAY = ("uploaded", "validating", "rejected", "needs_fix", "ready", "submitted", "accepted")


@dataclass(frozen=True, slots=True)
class SealedTwin:
    """A sealed submission of the same provider that holds the same bytes."""

    id: UUID
    number: str
    sealed_date: date


@dataclass(frozen=True, slots=True)
class TwinUnderWay:
    """A submission of the same provider, not sealed yet, that holds the same bytes and is read in the same way."""

    id: UUID
    number: str


def _verdict(*refusals: Finding | None) -> Verdict:
    """Return ALLOW without findings, REFUSE with them."""
    findings = tuple(finding for finding in refusals if finding)
    return Verdict(RULESET, VERSION, "REFUSE" if findings else "ALLOW", findings)


def _refusal(rule: str, message: str, source: str) -> Finding:
    """Return one reason to refuse."""
    return Finding(rule, message, source, outcome="REFUSE")


def may_act(holds_permission: bool) -> Verdict:
    """A person acts on a submission for the provider it belongs to, in a role that may do so (F.2, row Submission)."""
    if holds_permission:
        return _verdict()
    message = (
        "This person has no role at the provider that may do this. An administrator of the provider can invite them."
    )
    return _verdict(_refusal("SUB-01", message, "rulebook F.2, Submission"))


def may_receive(size: int, limit: int) -> Verdict:
    """All files of a submission together are no larger than the limit, 2 GiB (issue 2, item 2)."""
    if size <= limit:
        return _verdict()
    message = (
        f"The files of one submission may hold {limit / 1024**3:.0f} GiB in all. Send fewer PDFs at a time: "
        "a further submission adds to the record and removes nothing."
    )
    return _verdict(_refusal("SUB-02", message, "register's limit of an upload"))


def may_send_again(twin: SealedTwin | None) -> Verdict:
    """Bytes that the provider has sealed already are not taken a second time: nothing would change."""
    if twin is None:
        return _verdict()
    message = (
        f"These files are part of the permanent record already: they were sealed on {twin.sealed_date.day} "
        f"{twin.sealed_date:%B %Y}. Nothing was changed. Send them again only after you have corrected something in them."
    )
    twice = _refusal("SUB-03", message, "register's rule: the same file a second time changes nothing")
    return _verdict(replace(twice, value=str(twin.id)))


def may_begin_again(twin: TwinUnderWay | None) -> Verdict:
    """Bytes that lie in a submission under way do not begin a second one: the same file twice changes nothing."""
    if twin is None:
        return _verdict()
    message = (
        f"These files lie in submission {printed(twin.number)} already, which is not sealed yet. Nothing was changed. Go on "
        "there, or withdraw it first if you want to begin again."
    )
    begun = _refusal("SUB-10", message, "register's rule: the same file a second time changes nothing")
    return _verdict(replace(begun, value=str(twin.id)))


def may_hold(*, whole_files: int, sealable: int, replace_all: bool) -> Verdict:
    """Rows with errors are held only where the rest stands for itself: no whole file at fault, something left to seal.

    A submission that replaces everything cannot leave rows out: what the register holds of them would be withdrawn.
    """
    reasons = []
    if whole_files:
        fault = f"{whole_files:,} error{'s are' if whole_files != 1 else ' is'} about whole files"
        reasons.append(f"{fault}, so it cannot be told which rows are good. Put the files right and check again.")
    if not sealable:
        reasons.append("No good row would be left to seal. Fix the errors and check again.")
    if replace_all:
        reasons.append(
            "This submission replaces everything sealed before: a row left out of it would be withdrawn. Fix the errors, or "
            "send the files again without replacing."
        )
    source = "register's rule: good rows may go on while rows with errors are held"
    return _verdict(_refusal("SUB-11", " ".join(reasons), source) if reasons else None)


def may_declare(
    *,
    by: UUID,
    prepared_by: Collection[UUID],
    errors: int,
    checked: bool,
    assumed_encoding: bool,
    to_confirm: str = "",
) -> Verdict:
    """A submission is declared by a person who took no part in preparing it, once a check of these very files finds no error.

    Nobody declares what was read in an encoding that the provider has not confirmed: a name spoilt by it would stay so.
    `to_confirm` is a sentence that the declarer has to confirm and has not: the files name another organisation only (D05).
    """
    second = None
    if by in prepared_by:
        message = (
            "You prepared this submission, yourself or through a system whose key you made, so you cannot declare it. Another "
            "authorised person of your organisation does, so that two people have seen it."
        )
        second = _refusal("SUB-04", message, "rulebook F.1, declaration by an authorised person; rule of two persons")
    faults = None
    if errors or not checked:
        message = (
            f"{errors:,} error{'s' if errors != 1 else ''} still stand in the files. Fix them and check again."
            if errors
            else "The files have changed since the last check. Check them again first."
        )
        faults = _refusal("SUB-05", message, "rulebook F.1: no rows with errors")
    encoding = None
    if assumed_encoding:
        message = (
            "A file is not in UTF-8; it was read as Windows-1252, which nobody has confirmed. Check a few names with "
            "accents, then send the files again and confirm Windows-1252 (--encoding cp1252), or send them in UTF-8."
        )
        encoding = _refusal("SUB-09", message, "rulebook E.2, TEQ-F5: Windows-1252 after explicit confirmation")
    return _verdict(second, faults, encoding, _unconfirmed(to_confirm))


def _unconfirmed(sentence: str) -> Finding | None:
    """Return the reason against declaring files that name another organisation only, None where there is nothing to confirm."""
    if not sentence:
        return None
    message = (
        f"The declarer has to confirm this sentence: “{sentence}” If it is true, tick it on the page for declaring, or give it "
        "as `confirmation` by key, or --confirm-organisation to `files load`. If the files are another organisation's, "
        "withdraw the submission."
    )
    return _refusal("SUB-14", message, "register's rule: nobody seals another organisation's files by mistake")


def assumes_encoding(found: Iterable[tuple[str, str]]) -> bool:
    """Say whether a check read a file as Windows-1252 without the provider's word for it: the warning of TEQ-F5.

    `found` are the rule and the severity of each kind of finding.
    """
    return ("F5", "warning") in found


def may_accept(*, by: UUID, took_part: Collection[UUID]) -> Verdict:
    """A submission is accepted by a supervisor who neither prepared nor declared it (rulebook F.1, F.2)."""
    if by not in took_part:
        return _verdict()
    message = "You prepared or declared this submission, so you cannot accept it. Another supervisor does."
    return _verdict(_refusal("SUB-06", message, "rulebook F.2: nobody approves their own case"))


def may_return(reason: str) -> Verdict:
    """A submission goes back with a reason, or nobody knows what to change."""
    if reason.strip():
        return _verdict()
    message = "Say why the submission goes back, so that the provider knows what to change."
    return _verdict(_refusal("SUB-08", message, "register's rule: a return says why"))


def may_say(words: str) -> Verdict:
    """A question, an answer or a decision about a doubtful record says something, or nobody can go by it."""
    if words.strip():
        return _verdict()
    message = "Write a sentence: the other side goes by what you write here."
    return _verdict(_refusal("SUB-12", message, "register's rule: questions, answers and decisions are given in words"))


def may_choose_form(title: str, states: Collection[str], years: range, *, state: str, year: int | None) -> Verdict:
    """A state's form and a collection year are chosen only for files that have them, and among those that there are.

    `title`, `states` and `years` are the format's; "" and None choose nothing and are always allowed.
    """
    source = "register's rule: the form and the year of NAT files may be chosen where their lines do not tell them"
    if not states and (state or year is not None):
        message = (
            f"Files of “{title}” have no state’s form and no collection year, so neither can be chosen for them. Leave out both, "
            "or choose the format of NAT files (avetmiss8)."
        )
        return _verdict(_refusal("SUB-13", message, source))
    reasons = []
    if state and state not in states:
        reasons.append(
            f"There is no form of this state. Choose one of {', '.join(states)}, or none: the lines tell it then."
        )
    if year is not None and year not in years:
        reasons.append(
            f"This is no collection year. Write four figures, from {years[0]} to {years[-1]}, or none: the dates on which "
            "activities ended tell it then."
        )
    return _verdict(_refusal("SUB-13", " ".join(reasons), source) if reasons else None)


def may_replace(cells: int) -> Verdict:
    """A value is replaced in so many cells at once as a person can answer for; more are corrected in the file."""
    if 0 < cells <= LARGEST_FIX:
        return _verdict()
    message = (
        f"{cells:,} cells hold this value. At most {LARGEST_FIX:,} are replaced at once: correct the file itself and upload it."
        if cells
        else "No cell of these findings holds this value any more. Open the findings again."
    )
    return _verdict(_refusal("SUB-07", message, "register's limit of replacements"))
