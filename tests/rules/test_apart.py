"""The second process: its rows arrive in order, and its death or fault is told, never waited for."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import polars as pl
import pytest

from testamur.register import loading, preparing, rows
from testamur.register.apart import Preparer, PreparingFailed

_SOURCE = preparing.SourceHeader(
    1, 7, UUID(int=5), "teqsa", "documents", "ab" * 32, "teqsa/1", UUID(int=1), UUID(int=2),
    "2026-07-01T02:00:00.000000Z", date(2026, 7, 1),
)  # fmt: skip


def _plan(*, key: bytes = b"k" * 32, batches: int = 8) -> loading.Load:
    ids = [f"S{number}" for number in range(50)]
    return loading.Load(
        documents=pl.DataFrame({"local_id": ids, "document": "testamurs", "n": 1, "sha256": "cd" * 32, "size": 5}),
        students=pl.DataFrame({"local_id": ids, "student_id": range(1, 51), "key": [key] * 50}),
        offerings=pl.DataFrame(
            schema={"kind": pl.String, "code": pl.String, "title": pl.String, "offering_id": pl.Int32}
        ),
        held=pl.DataFrame(schema={"student_id": pl.Int64, "kind": pl.Int16}),
        parts=[(rows.Part("documents", "documents", None, "cd" * 32), _SOURCE)],
        batches=list(range(1, batches + 1)),
        batch_size=16,
        at=datetime(2026, 7, 1, tzinfo=UTC),
    )


def test_it_prepares_what_this_process_would() -> None:
    with Preparer() as preparer:
        preparer.begin(_plan())
        kinds = [(kind, getattr(content, "rows", None)) for kind, content in preparer.messages()]
    assert kinds == [("chunk", 50), ("counted", None)]
    assert [kind for kind, _ in loading.messages(_plan())] == ["chunk", "counted"]


def test_a_fault_is_told_by_kind_and_place_only() -> None:
    with Preparer() as preparer:
        preparer.begin(_plan(batches=1))
        with pytest.raises(PreparingFailed, match=r"IndexError at take:\d+") as refused:
            list(preparer.messages())
    assert "S1" not in str(refused.value)


def test_a_process_killed_before_it_began_is_told() -> None:
    with Preparer() as preparer:
        preparer._process.kill()
        preparer._process.join()
        preparer.begin(_plan())
        with pytest.raises(PreparingFailed, match="ended"):
            list(preparer.messages())


def test_leaving_early_ends_the_process(tmp_path: Path) -> None:
    with Preparer() as preparer:
        preparer.begin(_plan())
        process = preparer._process
    assert not process.is_alive()


def test_documents_have_no_frame_of_their_own() -> None:
    with pytest.raises(ValueError, match="no frame"):
        _ = rows.Part("documents", "documents", None, "cd" * 32).frame
