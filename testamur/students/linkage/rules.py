"""Decisions about joins of students: on what grounds a pair is proposed, who may join it, and who stays one person. Pure.

TEQ-07 (matching is confirmed by people), F.2 (nobody decides about themself or approves what they chose), CQR-16.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from testamur.kernel.verdict import Finding, Verdict

VERSION: Final = "2026-01-01"
_TEQ_07: Final = "rulebook TEQ-07 (matching of a person with a record)"
_F_2: Final = "rulebook F.2 (access matrix)"

# Why a pair is worth a look, the strongest ground first: the first that holds is the one a proposal is listed under.
GROUNDS: Final = {
    "usi": "Same verified USI",
    "email": "Same e-mail address",
    "names": "Same names and birth date",
    "former_name": "Former family name, same birth date",
    "exchanged": "Names the other way round",
    "alike": "Names alike, same birth date",
    "partial": "Birth date not fully known or alike",
}
_SAME_OTHERS: Final = frozenset({"same", "initial", "nothing"})


def grounds_of(levels: Mapping[str, str]) -> str:
    """Return the ground, a key of GROUNDS, under which a pair with these comparison levels is listed."""
    born = levels["birth"] == "same day"
    if levels["verified"] == "same":
        return "usi"
    if levels["email"] == "same":
        return "email"
    if levels["given"].startswith("exchanged"):
        return "exchanged"
    if not born:
        return "partial"
    if levels["family"] == "former name":
        return "former_name"
    return "names" if levels["given"] == "same" and levels["family"] == "same" else "alike"


def is_exact(levels: Mapping[str, str]) -> bool:
    """Say whether two students agree so far that one officer is enough.

    All names and the day of birth are the same, and so is the verified USI or the e-mail address: two people can share a name
    and a birthday.
    """
    named = levels["given"] == "same" and levels["family"] == "same" and levels["others"] in _SAME_OTHERS
    return named and levels["birth"] == "same day" and "same" in (levels["verified"], levels["email"])


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether somebody may join two students."""

    exact: bool
    chosen_by: object
    by: object
    supervisor: bool
    themself: bool
    usis_differ: bool
    changed: bool


def may_confirm_join(standing: Standing) -> Verdict:
    """An exact pair is joined by one officer; any other is chosen by one and approved by a supervisor, another person.

    Nobody decides about themself. Two verified USIs that differ are two people. What changed since the comparison is
    compared again first. Source: TEQ-07, F.2.
    """
    findings = _about_themself(themself=standing.themself)
    if standing.usis_differ:
        message = "Both students have a verified USI, and the two differ: they are two people."
        findings.append(_no("TEQ-07", message, _TEQ_07, "Decline the proposal with this reason."))
    if standing.changed:
        message = "What a provider says about one of the two has changed since they were compared."
        findings.append(_no("TEQ-07", message, _TEQ_07, "They are compared anew tonight. Decide then."))
    if not standing.exact and not standing.supervisor:
        message = "A join that is not exact is approved by a supervisor."
        findings.append(_no("TEQ-07", message, _TEQ_07, "Say why they are one person; a supervisor decides."))
    elif not standing.exact and standing.chosen_by is None:
        message = (
            "A join that is not exact is first chosen by an officer, with a reason, and then approved by a supervisor."
        )
        findings.append(_no("TEQ-07", message, _TEQ_07, "Ask an officer to look at the pair and to say why."))
    elif not standing.exact and standing.chosen_by == standing.by:
        findings.append(_no("F.2", "Nobody approves a join that they chose.", _F_2, "Ask another supervisor."))
    return _verdict(findings)


def may_decide_join(*, themself: bool) -> Verdict:
    """Nobody chooses, declines or undoes a join of records that are about themself (F.2)."""
    return _verdict(_about_themself(themself=themself))


def _about_themself(*, themself: bool) -> list[Finding]:
    """Return the reason for a refusal where the record is about whoever decides."""
    if not themself:
        return []
    message = "One of these records is about you, and nobody decides about their own."
    return [_no("F.2", message, _F_2, "Ask another officer.")]


def groups(members: Collection[int], joins: Iterable[tuple[int, int]]) -> list[frozenset[int]]:
    """Return which students hang together by joins, each group once, by its lowest student; joins of others do not count."""
    found = {member: {member} for member in members}
    for low, high in joins:
        if low in found and high in found and found[low] is not found[high]:
            found[low] |= found[high]
            for member in found[high]:
                found[member] = found[low]
    return sorted({frozenset(group) for group in found.values()}, key=min)


@dataclass(frozen=True, slots=True)
class Settled:
    """Which of a person's students stay theirs, and which groups leave them."""

    staying: frozenset[int]
    leaving: tuple[frozenset[int], ...]


def settle(parts: Iterable[frozenset[int]], anchors: Collection[int], *, account: bool) -> Settled:
    """Decide which groups of a person's students stay that person's, after a join or a match was undone.

    `anchors` are students who were confirmed to be the person in their own right, in the case of an application. Where an
    account stands behind the person, only groups with an anchor stay: nobody reads a record that nothing ties to them any
    more. Without an account the first group stays, where it is more than one student.
    """
    listed = sorted(parts, key=min)
    held = set(anchors)
    if account:
        stay = [group for group in listed if group & held]
    else:
        stay = [group for group in listed if group & held] or [group for group in listed[:1] if len(group) > 1]
    return Settled(frozenset().union(*stay), tuple(group for group in listed if group not in stay))


def _no(rule: str, message: str, source: str, fix: str) -> Finding:
    """Return one reason for a refusal."""
    return Finding(rule=rule, message=message, source=source, outcome="BLOCK", fix=fix)


def _verdict(findings: list[Finding]) -> Verdict:
    """Return BLOCK with the findings, or ALLOW where there is none."""
    return Verdict("joins", VERSION, "BLOCK" if findings else "ALLOW", tuple(findings))
