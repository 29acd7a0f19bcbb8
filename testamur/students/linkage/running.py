"""The comparison of all students, and the proposals that it leaves. Run again, or after it was killed, it changes nothing more.

Reading, comparing and writing are three steps; only the last writes, in one transaction, one run at a time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
from django.conf import settings
from django.db import connection, transaction

from testamur.kernel import tenancy
from testamur.kernel.identifiers import new_public_number
from testamur.students.linkage import reading, rules
from testamur.students.linkage.model import COMPARISONS, read_model
from testamur.students.linkage.proposing import pairs_to_propose
from testamur.students.models import JoinProposal, PersonLink, Student
from testamur.students.states import JOIN

JOB: Final = "propose_joins"
_SETTLE: Final = timedelta(minutes=10)  # several sealings in a row are compared once
_AT_ONCE: Final = 2_000
_IN_A_STATEMENT: Final = 200
_TURN: Final = 7_236  # the advisory lock under which one run at a time writes
_WAITING: Final = ("proposed", "endorsed")
_SCORE: Final = ["probability", "weight", "levels", "grounds", "exact", "model_version", "low_seen", "high_seen"]
Pair = Mapping[str, Any]


@dataclass(slots=True)
class Proposed:
    """What a run came to: students compared, pairs found, and proposals made new, brought up to date, kept and dropped."""

    students: int = 0
    pairs: int = 0
    new: int = 0
    renewed: int = 0
    kept: int = 0
    dropped: int = 0


def propose_joins(*, at: datetime) -> Proposed:
    """Every pair of students worth an officer's look is proposed, and no other. Run by the worker; joins nobody.

    What was declined or undone is not proposed again while what is compared of both is the same; what is proposed and no
    longer found goes stale. Uses the engine of the setting LINKAGE_ENGINE.
    """
    with tenancy.for_register():
        raw = reading.raw_students()
    pairs = pairs_to_propose(raw, engine=settings.LINKAGE_ENGINE)
    done = Proposed(students=len(raw), pairs=len(pairs))
    with transaction.atomic(), tenancy.for_register():
        _take_turn()
        _store(pairs, done, at)
    return done


def wake_linkage() -> None:
    """Ask for a comparison ten minutes on, unless one is asked for already. The clock compares nightly besides."""
    transaction.on_commit(_defer)


def _defer() -> None:
    """Queue one run for later."""
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    delay: Any = {"seconds": int(_SETTLE.total_seconds())}
    try:
        with transaction.atomic():
            app.configure_task(name=JOB, allow_unknown=False, queueing_lock=JOB, schedule_in=delay).defer()
    except AlreadyEnqueued:
        return


def _take_turn() -> None:
    """Wait until no other run writes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])


def _store(pairs: pl.DataFrame, done: Proposed, at: datetime) -> None:
    """Write what a run found, some pairs at a time, and drop what it no longer found."""
    version = read_model().version
    standing: set[int] = set()
    for part in _parts(pairs):
        standing |= _store_part(part, version, done, at)
    waiting = JoinProposal.objects.filter(state__in=_WAITING).order_by("pk").values_list("pk", flat=True)
    gone = [number for number in waiting if number not in standing]
    for first in range(0, len(gone), _AT_ONCE):
        some = JoinProposal.objects.select_for_update().filter(
            pk__in=gone[first : first + _AT_ONCE], state__in=_WAITING
        )
        done.dropped += drop(some, "No longer proposed: the comparison differs, or the two are one person already.", at)


def _parts(pairs: pl.DataFrame) -> Iterator[Sequence[Pair]]:
    """Yield the pairs as rows, some at a time, in the order of their students."""
    for part in pairs.sort("low", "high").iter_slices(_AT_ONCE):
        yield part.to_dicts()


def _store_part(part: Sequence[Pair], version: str, done: Proposed, at: datetime) -> set[int]:
    """Write some pairs; returns the numbers of the proposals that stand."""
    numbers = {pair[side] for pair in part for side in ("low", "high")}
    seen = reading.seen(numbers)
    latest = _latest({pair["low"] for pair in part})
    providers = dict(Student.objects.filter(pk__in=numbers).values_list("pk", "provider_id"))
    made: list[JoinProposal] = []
    standing: set[int] = set()
    for pair in _apart(part, seen):
        held = latest.get((pair["low"], pair["high"]))
        said = _scored(pair, version, seen)
        if held is None or _anew(held, said, at):
            made.append(_proposal(pair, said, providers, at))
            continue
        standing.add(held.pk)
        if held.state == "proposed" and _renew(held, said):
            done.renewed += 1
        else:
            done.kept += held.state in _WAITING
    standing |= {join.pk for join in JoinProposal.objects.bulk_create(made, batch_size=_IN_A_STATEMENT)}
    done.new += len(made)
    return standing


def _apart(part: Sequence[Pair], seen: Mapping[int, bytes]) -> Iterator[Pair]:
    """Yield the pairs of whom neither was erased since they were read and who are not one person already."""
    numbers = {pair[side] for pair in part for side in ("low", "high")}
    links = PersonLink.objects.filter(student_id__in=numbers, state="confirmed")
    persons = dict(links.values_list("student_id", "person_id"))
    for pair in part:
        low, high = pair["low"], pair["high"]
        together = low in persons and persons[low] == persons.get(high)
        if low in seen and high in seen and not together:
            yield pair


def _proposal(pair: Pair, said: dict[str, Any], providers: Mapping[int, int], at: datetime) -> JoinProposal:
    """Return a new proposal."""
    return JoinProposal(
        number=new_public_number(),
        low=pair["low"],
        high=pair["high"],
        low_provider=providers[pair["low"]],
        high_provider=providers[pair["high"]],
        proposed_at=at,
        state=JOIN.initial,
        state_since=at,
        **said,
    )


def _latest(lows: Iterable[int]) -> dict[tuple[int, int], JoinProposal]:
    """Return the last proposal of each pair, locked."""
    rows = JoinProposal.objects.select_for_update().filter(low__in=list(lows)).order_by("pk")
    return {(join.low, join.high): join for join in rows}


def _scored(pair: Pair, version: str, seen: Mapping[int, bytes]) -> dict[str, Any]:
    """Return what a proposal keeps of a comparison."""
    levels = {name: pair[name] for name in COMPARISONS}
    return {
        "probability": round(pair["probability"], 6),
        "weight": round(pair["weight"], 3),
        "levels": levels,
        "grounds": rules.grounds_of(levels),
        "exact": rules.is_exact(levels),
        "model_version": version,
        "low_seen": seen[pair["low"]],
        "high_seen": seen[pair["high"]],
    }


def _same_seen(held: JoinProposal, said: Mapping[str, Any]) -> bool:
    """Say whether what is compared of both students is what it was."""
    return (bytes(held.low_seen), bytes(held.high_seen)) == (said["low_seen"], said["high_seen"])


def _anew(held: JoinProposal, said: Mapping[str, Any], at: datetime) -> bool:
    """Say whether a pair that was proposed before is proposed anew, beside what was decided then."""
    if held.state == "endorsed" and not _same_seen(held, said):
        drop([held], "What a provider says about one of the two has changed.", at)
        return True
    if held.state in {"declined", "undone"}:
        return not _same_seen(held, said)
    return held.state == "stale"


def _renewed(held: JoinProposal, said: Mapping[str, Any]) -> bool:
    """Say whether a comparison differs from the one that a proposal holds."""
    now = {name: bytes(getattr(held, name)) if name.endswith("_seen") else getattr(held, name) for name in _SCORE}
    return now != dict(said)


def _renew(held: JoinProposal, said: Mapping[str, Any]) -> bool:
    """Bring a proposal on which nobody has acted up to date; say whether anything changed."""
    if not _renewed(held, said):
        return False
    for name, value in said.items():
        setattr(held, name, value)
    held.save(update_fields=list(said))
    return True


def drop(joins: Iterable[JoinProposal], reason: str, at: datetime) -> int:
    """Let proposals go stale, in the register scope; returns how many."""
    count = 0
    for join in joins:
        join.state, join.state_since, join.reason = JOIN.move(join.state, "drop"), at, reason
        join.save(update_fields=["state", "state_since", "reason"])
        count += 1
    return count
