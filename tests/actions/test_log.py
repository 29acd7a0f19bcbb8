"""Leaves, places, checkpoints and proofs in PostgreSQL."""

from itertools import pairwise
from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError
from psycopg import sql

from testamur.kernel.errors import Conflict, NotFound
from testamur.log import actions, keys, notes, proofs, queries, tree
from testamur.log.commitment import LeafPlace
from testamur.log.models import Checkpoint, LeafBatch, SequencedBatch, Tile, WaitingBatch
from tests.actions.log_world import AT, PERMANENT, append, committing, leaves, owner_does
from tests.vectors.log import generate


def trusted() -> tuple[notes.VerifierKey, ...]:
    return keys.trusted_keys(settings.KEYS_DIR)


@pytest.mark.django_db
def test_a_sealed_leaf_proves_itself_and_no_other() -> None:
    places = append(3)
    assert queries.proof_of(places[0]) is None
    sealed = actions.seal(at=AT)
    assert sealed is not None
    assert (sealed.size, queries.latest_checkpoint()) == (3, sealed)
    for number, place in enumerate(places):
        proof = queries.proof_of(place)
        assert proof is not None
        assert proof.index == number
        hashed = tree.leaf_hash(leaves(3)[number])
        assert tree.verify_inclusion(hashed, proof.index, proof.size, proof.hashes, proof.root)
        assert not tree.verify_inclusion(generate.flipped(hashed), proof.index, proof.size, proof.hashes, proof.root)
        assert notes.verify_checkpoint(proof.note, trusted()) == notes.Checkpoint(settings.LOG_ORIGIN, 3, proof.root)


@pytest.mark.django_db
def test_many_checkpoints_stay_consistent_and_every_old_proof_stays_good() -> None:
    """Sizes around the widths of tiles, grown in uneven steps; roots against the naive recursion."""
    steps = [1, 1, 3, 250, 1, 1, 255, 300, 1024, 700, 1025, 30]
    places: list[LeafPlace] = []
    sizes: list[int] = []
    for count in steps:
        places += append(count, since=len(places))
        sealed = actions.seal(at=AT)
        assert sealed is not None
        sizes.append(sealed.size)
    hashes = [tree.leaf_hash(value) for value in leaves(len(places))]
    for size in sizes:
        checkpoint = queries.checkpoint_at(size)
        assert checkpoint is not None
        assert checkpoint.root == generate.head(hashes[:size])
        assert set(queries.proofs_of(places, size=size)) == set(places[:size])
        for place, proof in queries.proofs_of(places[:size:37], size=size).items():
            assert proof.hashes == tuple(generate.path(places.index(place), hashes[:size]))
    for first, second in pairwise(sizes):
        assert queries.consistency_proof(first, second) == generate.subproof(first, hashes[:second])


@pytest.mark.django_db
def test_a_proof_file_proves_the_leaf_offline() -> None:
    append(300)
    actions.seal(at=AT)
    text = queries.tlog_proof(17, extra=b"row key")
    assert text is not None
    checkpoint = proofs.verify_proof_file(text, leaves(300)[17], trusted(), origin=settings.LOG_ORIGIN)
    assert checkpoint is not None
    assert checkpoint.size == 300
    assert proofs.verify_proof_file(text, leaves(300)[18], trusted()) is None
    assert queries.tlog_proof(300) is None
    assert queries.tlog_proof(17, size=299) is None


@pytest.mark.django_db
def test_nothing_waits_nothing_is_sealed() -> None:
    assert actions.seal(at=AT) is None
    append(2)
    assert actions.seal(at=AT) is not None
    assert actions.seal(at=AT) is None
    assert Checkpoint.objects.count() == 1


@pytest.mark.django_db
def test_places_that_do_not_exist_have_no_index_and_no_proof() -> None:
    (place,) = append(1)
    actions.seal(at=AT)
    for other in (LeafPlace(place.batch, 1), LeafPlace(place.batch, -1), LeafPlace(place.batch + 1, 0)):
        assert queries.index_of(other) is None
        assert queries.proof_of(other) is None
        assert queries.leaf_at(other) is None
    assert queries.leaf_at(place) == leaves(1)[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [b"", b"\x01", leaves(1)[0] + b"\x00", b"\x02" + leaves(1)[0][1:], b"\x01\x07" + b"c" * 32]
)
def test_what_is_no_leaf_is_refused(wrong: bytes) -> None:
    with pytest.raises(ValueError, match="a leaf has 34 bytes"), transaction.atomic():
        actions.append([*leaves(1), wrong])
    assert not LeafBatch.objects.exists()


@pytest.mark.django_db
def test_the_database_refuses_batches_that_are_not_whole_leaves() -> None:
    for count, held in [(1, b"x" * 33), (2, b"x" * 34), (0, b""), (1025, b"x" * 34 * 1025)]:
        with pytest.raises(DatabaseError), transaction.atomic():
            LeafBatch.objects.create(leaf_count=count, leaves=held)


@pytest.mark.django_db
def test_copied_batches_are_sealed_in_the_order_of_their_numbers() -> None:
    first, second = actions.reserve_batches(2)
    assert first < second
    values = leaves(1500)
    with connection.cursor() as cursor:
        batches = [(second, b"".join(values[1024:])), (first, b"".join(values[:1024]))]
        assert actions.copy_batches(cursor, batches) == 1500
    actions.seal(at=AT)
    assert queries.indexes_of([LeafPlace(first, 0), LeafPlace(first, 1023), LeafPlace(second, 475)]) == {
        LeafPlace(first, 0): 0,
        LeafPlace(first, 1023): 1023,
        LeafPlace(second, 475): 1499,
    }


@pytest.mark.django_db
def test_proofs_of_a_whole_document_take_three_statements(django_assert_num_queries: Any) -> None:
    places = append(900)
    actions.seal(at=AT)
    with django_assert_num_queries(2):  # Django counts two; the tiles come over a cursor of our own
        found = queries.proofs_of(places[::3])
    assert len(found) == 300


def test_a_leaf_outside_a_transaction_is_refused(committed_db: Any) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        actions.append(leaves(1))
    assert not LeafBatch.objects.exists()


def test_a_rolled_back_write_leaves_no_leaf(committed_db: Any) -> None:
    with transaction.atomic():
        actions.append(leaves(2))
        transaction.set_rollback(True)
    assert actions.seal(at=AT) is None


def test_a_lower_batch_committed_late_is_still_sealed(committed_db: Any) -> None:
    """The writer that took its number first commits last, after a checkpoint over the later number."""
    insert = "INSERT INTO log_leafbatch (leaf_count, leaves) VALUES (1, %s) RETURNING id"
    with committing(committed_db.app) as slow:
        row = slow.execute(insert, [leaves(1)[0]]).fetchone()
        (later,) = append(1, since=1)
        assert row is not None
        assert row[0] < later.batch
        first = actions.seal(at=AT)
        slow.commit()
    second = actions.seal(at=AT)
    assert first is not None
    assert second is not None
    assert (first.size, second.size) == (1, 2)
    assert queries.indexes_of([LeafPlace(row[0], 0), later]) == {later: 0, LeafPlace(row[0], 0): 1}
    assert not WaitingBatch.objects.exists()


def test_concurrent_writers_and_sealers_give_every_leaf_one_index(committed_db: Any) -> None:
    writers, sealers, rounds = 3, 3, 8
    start = Barrier(writers + sealers)
    failures: list[BaseException] = []
    written: list[LeafPlace] = []

    def run(work: Any) -> None:
        try:
            start.wait()
            for turn in range(rounds):
                work(turn)
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [
        Thread(target=run, args=(lambda turn, n=n: written.extend(append(5, since=n * 1000 + turn * 5)),))
        for n in range(writers)
    ] + [Thread(target=run, args=(lambda turn: actions.seal(at=AT),)) for _ in range(sealers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    actions.seal(at=AT)
    assert failures == []
    indexes = queries.indexes_of(written)
    assert sorted(indexes.values()) == list(range(writers * rounds * 5))
    in_order = sorted(written, key=lambda place: indexes[place])
    hashes = [tree.leaf_hash(queries.leaf_at(place) or b"") for place in in_order]
    for checkpoint in Checkpoint.objects.all():
        assert bytes(checkpoint.root) == generate.head(hashes[: checkpoint.size])


@pytest.fixture
def sealed_log(committed_db: Any) -> Any:
    append(300)
    actions.seal(at=AT)
    return committed_db


COLUMNS = {
    "log_leafbatch": "leaves",
    "log_sequencedbatch": "first_index",
    "log_tile": "hashes",
    "log_checkpoint": "note",
    "log_accessdigest": "salt",
}


@pytest.mark.parametrize("role", ["app", "owner"])
def test_permanent_tables_refuse_change(sealed_log: Any, role: str) -> None:
    changes = ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"]
    with committing(getattr(sealed_log, role)) as session:
        for table in PERMANENT:
            for change in changes:
                statement = sql.SQL(change).format(sql.Identifier(table), sql.Identifier(COLUMNS[table]))
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    session.execute(statement)
                session.rollback()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE log_tile SET hashes = set_byte(hashes, 9, 255 - get_byte(hashes, 9)) WHERE width < 256", "edge"),
        ("UPDATE log_checkpoint SET root = set_byte(root, 0, 255 - get_byte(root, 0))", "signed"),
        ("UPDATE log_checkpoint SET note = replace(note, 'A', 'B')", "signed"),
        ("DELETE FROM log_tile WHERE width < 256", "missing"),
        ("DELETE FROM log_checkpoint", "does not end where"),
        ("UPDATE log_sequencedbatch SET first_index = first_index + 1", "does not end where"),
    ],
)
def test_the_sealer_never_signs_on_top_of_a_damaged_edge(sealed_log: Any, damage: str, told: str) -> None:
    owner_does(sealed_log, damage)
    append(1, since=300)
    before = Checkpoint.objects.count()
    with pytest.raises(Conflict, match=told):
        actions.seal(at=AT)
    assert (Checkpoint.objects.count(), WaitingBatch.objects.count()) == (before, 1)


def test_the_sealer_needs_its_key(committed_db: Any, settings: Any, tmp_path: Any) -> None:
    settings.KEYS_DIR, settings.CREATE_KEYS = tmp_path / "none", False
    append(1)
    with pytest.raises(NotFound, match="Restore it from the key backup"):
        actions.seal(at=AT)
    assert not SequencedBatch.objects.exists()


def test_a_replaced_key_continues_the_log(sealed_log: Any, settings: Any, tmp_path: Any) -> None:
    """The new key signs; the old one stays in log-keys.txt. Without it there, the log is not continued."""
    old = (settings.KEYS_DIR / keys.TRUSTED_FILE).read_text()
    settings.KEYS_DIR = tmp_path / "new"
    keys.ensure_log_key(settings.KEYS_DIR, origin=settings.LOG_ORIGIN, create=True)
    append(1, since=300)
    with pytest.raises(Conflict, match="not one that this log signed"):
        actions.seal(at=AT)
    with (settings.KEYS_DIR / keys.TRUSTED_FILE).open("a") as handle:
        handle.write(old)
    sealed = actions.seal(at=AT)
    assert sealed is not None
    assert sealed.size == 301


def test_the_sealer_is_asked_once_and_after_the_commit(committed_db: Any) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    jobs = ProcrastinateJob.objects.filter(task_name=actions.SEAL_JOB)
    with transaction.atomic():
        append(1)
        actions.wake_sealer()
        assert jobs.count() == 0
    with transaction.atomic():
        append(1, since=1)
        actions.wake_sealer()
    assert jobs.count() == 1
    with transaction.atomic():
        actions.wake_sealer()
        transaction.set_rollback(True)
    assert jobs.count() == 1


def test_partial_tiles_of_every_checkpoint_are_kept(committed_db: Any) -> None:
    for count in (300, 10, 250):
        append(count, since=Tile.objects.count() * 1000)
        actions.seal(at=AT)
    held = set(Tile.objects.values_list("level", "index", "width"))
    assert held == {(0, 0, 256), (0, 1, 44), (0, 1, 54), (0, 1, 256), (0, 2, 48), (1, 0, 1), (1, 0, 2)}
