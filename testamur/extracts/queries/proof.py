"""The log leaf of an extract's issue: its sidecar proof, and the leaves that the audit computes again."""

from collections.abc import Iterator

from testamur.documents.proofs import sidecar_extra
from testamur.extracts.models import Extract
from testamur.kernel import tenancy
from testamur.kernel.canonical import Json, canonical_json
from testamur.kernel.errors import NotFound
from testamur.log import queries as log_queries
from testamur.log.commitment import LeafPlace, commitment, leaf


def own_proof(number: str) -> str | None:
    """Return the sidecar `<number>.tlog-proof` of an extract, None while its leaf waits to be sealed; raises NotFound.

    Anyone who holds the extract may have it: it says nothing that the file does not (docs/formats/record-proofs.md).
    """
    with tenancy.for_register():
        row = Extract.objects.filter(number=number).first()
    if row is None:
        raise NotFound("The register has issued no extract under this number.")
    index = log_queries.index_of(LeafPlace(row.leaf_batch, row.leaf_position))
    header, facts = leaf_values(row)
    extra = sidecar_extra(header, facts, bytes(row.leaf_key))
    return None if index is None else log_queries.tlog_proof(index, extra=extra)


def leaf_values(row: Extract) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return what the leaf of an extract's issue commits to: header and facts."""
    header: dict[str, Json] = {"kind": "extract", "number": row.number}
    facts: dict[str, Json] = {"number": row.number, "sha256": row.sha256}
    return header, facts


def recomputed_leaves() -> Iterator[tuple[int, int, bytes, str]]:
    """Recompute the leaf of every extract's issue from its row: (batch, position, leaf, label). Needs the register scope."""
    for row in Extract.objects.order_by("leaf_batch", "leaf_position").iterator():
        header, facts = leaf_values(row)
        entry = leaf(commitment(bytes(row.leaf_key), canonical_json(header), canonical_json(facts)))
        yield row.leaf_batch, row.leaf_position, entry, f"extracts_extract {row.number}"
