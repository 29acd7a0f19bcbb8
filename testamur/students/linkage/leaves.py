"""What the log keeps of links and joins: one leaf when each is made, one when it is undone, in the writer's transaction.

A leaf commits to a salt and to facts that stand in the row: who is joined, by whom, when and why. The salt is in LinkLeaf,
which is permanent. Where one of the students was erased by law the reasons are gone and the leaf can no longer be computed.
"""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from testamur.kernel.canonical import Json, canonical_bytes
from testamur.log import actions as log_actions
from testamur.log.commitment import LeafKind, leaf
from testamur.students.models import Erasure, JoinProposal, LinkLeaf, PersonLink

Event = Literal["made", "undone"]
_SALT_BYTES: Final = 32
_DOMAIN: Final = b"testamur/link/v1\n"


def leaf_of_link(link: PersonLink, event: Event, salt: bytes) -> bytes:
    """Return the leaf of a link that was made or undone, computed from its row."""
    facts: dict[str, Json] = {
        "link": link.pk,
        "person": str(link.person_id),
        "student": link.student_id,
        "provider": link.provider_id,
        "event": event,
        **_who(link, event),
    }
    return _leaf(facts, salt)


def leaf_of_join(join: JoinProposal, event: Event, salt: bytes) -> bytes:
    """Return the leaf of a join that was confirmed or undone, computed from its row."""
    facts: dict[str, Json] = {
        "join": join.number,
        "low": join.low,
        "high": join.high,
        "person": str(join.person_id),
        "exact": join.exact,
        "model": join.model_version,
        "event": event,
        "chosen_by": _text(join.chosen_by),
        "chosen_reason": join.chosen_reason,
        "by": _text(join.decided_by if event == "made" else join.undone_by),
        "at": _moment(join.decided_at if event == "made" else join.undone_at),
        "reason": join.reason if event == "made" else join.undone_reason,
    }
    return _leaf(facts, salt)


def _who(link: PersonLink, event: Event) -> dict[str, Json]:
    """Return who made or undid a link, when and why."""
    if event == "made":
        return {"by": _text(link.made_by), "at": _moment(link.made_at), "reason": link.reason}
    return {"by": _text(link.undone_by), "at": _moment(link.undone_at), "reason": link.undone_reason}


def _text(who: UUID | None) -> str | None:
    """Return an account's number as text."""
    return None if who is None else str(who)


def _moment(at: datetime | None) -> str | None:
    """Return a moment in UTC to the microsecond."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _leaf(facts: dict[str, Json], salt: bytes) -> bytes:
    """Return the leaf of some facts."""
    return leaf(hashlib.sha256(_DOMAIN + salt + canonical_bytes(facts)).digest(), LeafKind.RECORD)


def keep_link(link: PersonLink, event: Event) -> None:
    """Append the leaf of a link and keep its place. In the writer's transaction and the register scope."""
    salt = secrets.token_bytes(_SALT_BYTES)
    (place,) = log_actions.append([leaf_of_link(link, event, salt)])
    LinkLeaf.objects.create(link=link, event=event, salt=salt, batch=place.batch, position=place.position)
    log_actions.wake_sealer()


def keep_join(join: JoinProposal, event: Event) -> None:
    """Append the leaf of a join and keep its place. In the writer's transaction and the register scope."""
    salt = secrets.token_bytes(_SALT_BYTES)
    (place,) = log_actions.append([leaf_of_join(join, event, salt)])
    LinkLeaf.objects.create(join=join, event=event, salt=salt, batch=place.batch, position=place.position)
    log_actions.wake_sealer()


def recomputed_leaves() -> Iterator[tuple[int, int, bytes | None, str]]:
    """Yield the leaf of every link and join as its row computes it, for an audit; runs in register scope.

    A link or join without a leaf that it should have is yielded at a place that does not exist, so that the audit names it.
    """
    erased = set(Erasure.objects.values_list("student_id", flat=True))
    kept = LinkLeaf.objects.select_related("link", "join").order_by("pk")
    for row in kept.iterator(chunk_size=1_000):
        yield row.batch, row.position, *_of_row(row, erased)
    yield from _missing(erased)


def _of_row(row: LinkLeaf, erased: set[int]) -> tuple[bytes | None, str]:
    """Return a leaf as its row computes it, None where a student was erased, and the label that names the row.

    A row whose state its leaf does not allow computes to nothing, which no leaf is.
    """
    event: Event = "undone" if row.event == "undone" else "made"
    allowed = {"undone"} if event == "undone" else {"confirmed", "undone"}
    salt = bytes(row.salt)
    if row.link is not None:
        expected = leaf_of_link(row.link, event, salt) if row.link.state in allowed else b""
        return None if row.link.student_id in erased else expected, f"students_personlink id={row.link_id} ({event})"
    join = row.join
    assert join is not None  # noqa: S101 - linkleaf_of_one_thing
    expected = leaf_of_join(join, event, salt) if join.state in allowed else b""
    return None if {join.low, join.high} & erased else expected, f"students_joinproposal number={join.number} ({event})"


def _missing(erased: set[int]) -> Iterator[tuple[int, int, bytes | None, str]]:
    """Yield each state that has no leaf and should have one; erasure undoes a link under a leaf of its own."""
    links = PersonLink.objects.exclude(state=PersonLink.State.PROPOSED).order_by("pk")
    for event, states in (("made", ("confirmed", "undone")), ("undone", ("undone",))):
        held = LinkLeaf.objects.filter(event=event)
        for link in links.filter(state__in=states).exclude(pk__in=held.filter(link__isnull=False).values("link")):
            if link.student_id not in erased:
                yield 0, -1, b"", f"students_personlink id={link.pk} ({event})"
        joins = JoinProposal.objects.filter(state__in=states).order_by("pk")
        for join in joins.exclude(pk__in=held.filter(join__isnull=False).values("join")):
            yield 0, -1, b"", f"students_joinproposal number={join.number} ({event})"
