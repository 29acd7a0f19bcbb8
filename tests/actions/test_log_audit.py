"""The audit finds every way in which the owner of the database could cheat, and names the row."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from testamur.kernel.errors import NotFound
from testamur.log import actions, keys, notes, queries, tree
from testamur.log.claims import RecomputedLeaf
from testamur.log.commitment import LeafKind, LeafPlace, leaf
from testamur.log.models import Checkpoint
from testamur.log.queries import verify_everything
from testamur.log.tiles import TreeEdge
from tests.actions.log_world import AT, append, committing, failed, flip, leaves, owner_does, switch

STEPS = [300, 1300, 1, 2000]
SIZE = sum(STEPS)


@pytest.fixture
def world(committed_db: Any) -> Any:
    """Four checkpoints over 3,601 leaves in 6 batches: tiles on two levels, full and partial."""
    for step in STEPS:
        append(
            step,
            since=queries.waiting_leaves() + (Checkpoint.objects.order_by("-size").first() or Checkpoint(size=0)).size,
        )
        actions.seal(at=AT)
    return committed_db


def record() -> Iterator[RecomputedLeaf]:
    """What an honest register would hand in."""
    found = queries_of_batches()
    for number, place in enumerate(found):
        yield place.batch, place.position, leaves(1, since=number)[0], f"row {number}"


def queries_of_batches() -> list[LeafPlace]:
    from testamur.log.models import LeafBatch

    return [
        LeafPlace(batch, position)
        for batch, count in LeafBatch.objects.order_by("pk").values_list("pk", "leaf_count")
        for position in range(count)
    ]


def test_an_untouched_log_is_in_order(world: Any) -> None:
    held = queries.checkpoint_at(300)
    assert held is not None
    checks = verify_everything(record(), held=held.note)
    assert failed(checks) == {}
    assert [check.name for check in checks] == [
        "signatures",
        "leaves",
        "tiles",
        "roots",
        "access events",
        "held checkpoint",
        "record",
    ]
    assert f"{SIZE} leaves" in checks[1].detail


def test_leaves_that_wait_are_in_order_too(world: Any) -> None:
    append(5, since=SIZE)
    assert failed(verify_everything(record())) == {}


def test_an_empty_log_is_in_order(committed_db: Any) -> None:
    keys.ensure_log_key(settings.KEYS_DIR, origin=settings.LOG_ORIGIN, create=True)
    assert failed(verify_everything(iter(()))) == {}


TAMPERINGS = [
    (
        "a leaf is changed",
        f"UPDATE log_leafbatch SET leaves = {flip('leaves', 70)} WHERE id = 2",
        "tiles",
        "log_leafbatch id=2 position 2",
    ),
    (
        "two leaves change places",
        "UPDATE log_leafbatch SET leaves = substr(leaves, 35, 34) || substr(leaves, 1, 34) || substr(leaves, 69) WHERE id = 1",
        "tiles",
        "log_leafbatch id=1 position 0",
    ),
    (
        "a leaf's version byte is changed",
        f"UPDATE log_leafbatch SET leaves = {flip('leaves', 0)} WHERE id = 3",
        "leaves",
        "log_leafbatch id=3 position 0",
    ),
    ("a middle batch is deleted", "DELETE FROM log_leafbatch WHERE id = 2", "leaves", "log_leafbatch id=2 is missing"),
    (
        "a batch and its place are deleted",
        "DELETE FROM log_sequencedbatch WHERE batch_id = 2; DELETE FROM log_leafbatch WHERE id = 2",
        "leaves",
        "batch_id=3: begins at index 1324",
    ),
    (
        "a leaf is added in the past",
        "UPDATE log_leafbatch SET leaves = leaves || substr(leaves, 1, 34), leaf_count = leaf_count + 1 WHERE id = 1",
        "leaves",
        "log_sequencedbatch batch_id=2",
    ),
    (
        "a leaf is taken out",
        "UPDATE log_leafbatch SET leaves = substr(leaves, 35), leaf_count = leaf_count - 1 WHERE id = 3",
        "leaves",
        "log_sequencedbatch batch_id=4",
    ),
    ("a place is taken away", "DELETE FROM log_sequencedbatch WHERE batch_id = 4", "leaves", "log_leafbatch id=4"),
    (
        "two batches change places",
        "UPDATE log_sequencedbatch SET first_index = first_index + 976 WHERE batch_id = 5; "
        "UPDATE log_sequencedbatch SET first_index = first_index - 1024 WHERE batch_id = 6",
        "tiles",
        "log_tile 0/",
    ),
    (
        "a full tile is changed",
        f"UPDATE log_tile SET hashes = {flip('hashes', 33)} WHERE (level, index, width) = (0, 8, 256)",
        "tiles",
        "log_tile 0/8/256: hash 1",
    ),
    (
        "a tile above is changed",
        f"UPDATE log_tile SET hashes = {flip('hashes', 64)} WHERE (level, index, width) = (1, 0, 14)",
        "tiles",
        "log_tile 1/0/14: hash 2",
    ),
    (
        "a partial tile of an old checkpoint is changed",
        f"UPDATE log_tile SET hashes = {flip('hashes', 0)} WHERE (level, index, width) = (0, 1, 44)",
        "tiles",
        "log_tile 0/1/44: hash 0",
    ),
    (
        "a tile is deleted",
        "DELETE FROM log_tile WHERE (level, index, width) = (0, 11, 256)",
        "tiles",
        "log_tile 0/11/256: is missing",
    ),
    (
        "a tile is added",
        "INSERT INTO log_tile SELECT level, index, 3, substr(hashes, 1, 96) FROM log_tile "
        "WHERE (level, index, width) = (0, 9, 256)",
        "tiles",
        "log_tile 0/9/3: belongs to no checkpoint",
    ),
    (
        "a tile is added on a level that is not there",
        "INSERT INTO log_tile SELECT 5, index, width, hashes FROM log_tile WHERE (level, index, width) = (0, 9, 256)",
        "tiles",
        "log_tile 5/9/256: belongs to no checkpoint",
    ),
    (
        "a root is changed",
        f"UPDATE log_checkpoint SET root = {flip('root', 31)} WHERE size = 1600",
        "roots",
        "log_checkpoint size=1600",
    ),
    (
        "a checkpoint is deleted",
        "DELETE FROM log_checkpoint WHERE size = 1600",
        "tiles",
        "log_tile 0/6/64: belongs to no checkpoint",
    ),
    (
        "a checkpoint's note is another's",
        "UPDATE log_checkpoint SET note = (SELECT note FROM log_checkpoint WHERE size = 300) WHERE size = 1600",
        "signatures",
        "log_checkpoint size=1600",
    ),
    (
        "a checkpoint's note is changed",
        "UPDATE log_checkpoint SET note = replace(note, '1600', '1601') WHERE size = 1600",
        "signatures",
        "log_checkpoint size=1600",
    ),
    (
        "a checkpoint covers leaves that are not there",
        "INSERT INTO log_checkpoint SELECT 99999, root, note, sealed_at FROM log_checkpoint WHERE size = 1600",
        "roots",
        "log_checkpoint size=99999",
    ),
    ("the newest checkpoint is deleted", f"DELETE FROM log_checkpoint WHERE size = {SIZE}", "roots", "from index 1601"),
]


@pytest.mark.parametrize(
    ("statements", "check", "told"), [case[1:] for case in TAMPERINGS], ids=[case[0] for case in TAMPERINGS]
)
def test_tampering_is_found_and_named(world: Any, statements: str, check: str, told: str) -> None:
    owner_does(world, *statements.split("; "))
    faults = failed(verify_everything())
    assert told in faults[check]


def test_a_batch_that_no_longer_waits_is_found(world: Any) -> None:
    (place,) = append(1, since=SIZE)
    with committing(world.app) as session:
        session.execute("DELETE FROM log_waitingbatch")
    assert f"log_leafbatch id={place.batch}" in failed(verify_everything())["leaves"]


def test_a_tree_of_three_levels_is_in_order_until_a_middle_level_is_not(committed_db: Any) -> None:
    append(65_800)
    actions.seal(at=AT)
    assert failed(verify_everything()) == {}
    owner_does(committed_db, f"UPDATE log_tile SET hashes = {flip('hashes', 8191)} WHERE (level, width) = (1, 256)")
    assert failed(verify_everything()) == {"tiles": "log_tile 1/0/256: hash 255 is not the root of the tile below"}


def test_every_flipped_bit_of_a_tile_is_found(committed_db: Any) -> None:
    append(600)
    actions.seal(at=AT)
    for bit in (3, 251, 259, 32763, 65535):
        flipped = f"set_bit(hashes, {bit}, 1 - get_bit(hashes, {bit}))"
        statement = f"UPDATE log_tile SET hashes = {flipped} WHERE (level, index) = (0, 1)"
        owner_does(committed_db, statement)
        assert f"log_tile 0/1/256: hash {bit // 256}" in failed(verify_everything())["tiles"]
        owner_does(committed_db, statement)
    assert failed(verify_everything()) == {}


def rewrite(world: Any, signer: notes.Signer) -> None:
    """Recompute the whole tree over one changed leaf and sign it: what a thief of the database does next."""
    changed = leaves(SIZE)
    changed[7] = leaf(b"\x00" * 32)
    with committing(world.owner) as session:
        switch(session, "DISABLE")
        new = b"".join(changed[:300])
        session.execute("UPDATE log_leafbatch SET leaves = %s WHERE id = 1", [new])
        session.execute("DELETE FROM log_tile")
        session.execute("DELETE FROM log_checkpoint")
        edge, held = TreeEdge(), 0
        insert = "INSERT INTO log_tile VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
        for step in STEPS:
            rows = list(edge.add([tree.leaf_hash(value) for value in changed[held : held + step]]))
            held += step
            for address, hashes in [*rows, *edge.partial()]:
                session.execute(insert, [address.level, address.index, address.width, b"".join(hashes)])
            note = notes.sign_checkpoint(signer, size=held, root=edge.root(), at=AT)
            session.execute("INSERT INTO log_checkpoint VALUES (%s, %s, %s, %s)", [held, edge.root(), note, AT])
        switch(session, "ENABLE")


def test_a_tree_rewritten_and_signed_with_another_key_is_found(world: Any, tmp_path: Any) -> None:
    thief = keys.ensure_log_key(tmp_path, origin=settings.LOG_ORIGIN, create=True)
    rewrite(world, thief)
    faults = failed(verify_everything())
    assert list(faults) == ["signatures"]
    assert "log_checkpoint size=300: its note is not signed" in faults["signatures"]


def test_a_tree_rewritten_with_the_stolen_key_is_found_by_who_kept_a_checkpoint(world: Any) -> None:
    held = queries.checkpoint_at(1600)
    assert held is not None
    rewrite(world, keys.ensure_log_key(settings.KEYS_DIR, origin=settings.LOG_ORIGIN, create=False))
    assert failed(verify_everything()) == {}
    faults = failed(verify_everything(record(), held=held.note))
    assert "does not continue the tree of 1600 leaves" in faults["held checkpoint"]
    assert "row 7: is not what its leaf says, log_leafbatch id=1 position 7" in faults["record"]


def test_a_dropped_tail_is_found_by_the_record_and_by_who_kept_a_checkpoint(world: Any) -> None:
    held, rows = queries.latest_checkpoint(), list(record())
    assert held is not None
    owner_does(
        world,
        "DELETE FROM log_sequencedbatch WHERE first_index >= 1601",
        "DELETE FROM log_leafbatch WHERE id > 4",
        "DELETE FROM log_checkpoint WHERE size > 1601",
        "DELETE FROM log_tile WHERE level = 0 AND index > 6 OR (level, index, width) IN ((1, 0, 14), (0, 6, 256))",
    )
    assert failed(verify_everything()) == {}
    faults = failed(verify_everything(iter(rows), held=held.note))
    assert "once had 3601 leaves" in faults["held checkpoint"]
    assert "row 1601: its leaf, log_leafbatch id=5 position 0, does not exist" in faults["record"]


def test_a_checkpoint_of_another_log_is_not_continued(world: Any, tmp_path: Any) -> None:
    other = keys.ensure_log_key(tmp_path, origin=settings.LOG_ORIGIN, create=True)
    note = notes.sign_checkpoint(other, size=300, root=b"r" * 32, at=AT)
    assert "not signed by a key of this log" in failed(verify_everything(held=note))["held checkpoint"]
    assert "not signed" in failed(verify_everything(held="no note"))["held checkpoint"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({5: None}, "log_leafbatch id=1 position 5: the record has no row for this leaf"),
        ({5: (1, 5, leaf(b"x" * 32), "changed row")}, "changed row: is not what its leaf says"),
        ({5: (1, 4, leaves(1, since=4)[0], "row twice")}, "row twice: shares its leaf, log_leafbatch id=1 position 4"),
        ({5: (1, 300, leaves(1)[0], "row beyond")}, "row beyond: its leaf, log_leafbatch id=1 position 300, does not"),
        ({5: (1, -1, leaves(1)[0], "row before")}, "row before: its leaf"),
        ({5: (999, 0, leaves(1)[0], "row nowhere")}, "row nowhere: its leaf"),
    ],
)
def test_a_record_that_is_not_its_leaves_is_found(committed_db: Any, change: dict[int, Any], told: str) -> None:
    append(300)
    actions.seal(at=AT)
    rows = [change.get(number, row) for number, row in enumerate(record())]
    faults = failed(verify_everything(row for row in rows if row is not None))
    assert list(faults) == ["record"]
    assert told in faults["record"]


def test_a_row_whose_key_was_erased_keeps_its_leaf(committed_db: Any) -> None:
    append(3)
    actions.seal(at=AT)
    rows = [(batch, position, None, label) for batch, position, _, label in record()]
    checks = verify_everything(iter(rows))
    assert failed(checks) == {}
    assert "3 of them erased by law" in checks[-1].detail


def test_leaves_of_policy_need_no_record(committed_db: Any) -> None:
    with transaction.atomic():
        actions.append([leaf(b"p" * 32, LeafKind.POLICY), *leaves(1)])
    assert failed(verify_everything(iter([(1, 1, leaves(1)[0], "row")]))) == {}


def test_without_the_file_of_trusted_keys_nothing_is_said_to_be_in_order(
    world: Any, settings: Any, tmp_path: Any
) -> None:
    settings.KEYS_DIR = tmp_path
    with pytest.raises(NotFound, match="no readable verifier keys"):
        verify_everything()
