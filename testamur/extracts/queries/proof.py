"""The log leaf of an extract's issue: its sidecar proof, and the leaves that the audit computes again."""

from collections.abc import Iterator
from itertools import islice

from testamur.documents import queries as documents_queries
from testamur.documents.proofs import sidecar_extra
from testamur.extracts.models import Extract
from testamur.kernel import tenancy
from testamur.kernel.canonical import Json, canonical_json
from testamur.kernel.errors import NotFound
from testamur.log import queries as log_queries
from testamur.log.commitment import LEAF_BYTES, LeafPlace, commitment, leaf

_AT_ONCE = 2_000
_NO_LEAF = bytes(LEAF_BYTES)
_NOWHERE = -1


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
    """Recompute the leaf of every extract's issue from its row: (batch, position, leaf, label). Needs the register scope.

    The public check answers from the document's row, so that is compared too: an extract whose document is missing or has
    another hash, and a document that belongs to no extract, give a leaf that cannot be right under the document's name.
    """
    every = Extract.objects.order_by("leaf_batch", "leaf_position").iterator(_AT_ONCE)
    while part := list(islice(every, _AT_ONCE)):
        held = documents_queries.hashes_of(row.number for row in part)
        for row in part:
            header, facts = leaf_values(row)
            entry = leaf(commitment(bytes(row.leaf_key), canonical_json(header), canonical_json(facts)))
            alike = held.get(row.number) == row.sha256
            label = f"extracts_extract {row.number}" if alike else f"documents_issueddocument {row.number}"
            yield row.leaf_batch, row.leaf_position, entry if alike else _NO_LEAF, label
    for numbers in documents_queries.issued_numbers("extract"):
        known = set(Extract.objects.filter(number__in=numbers).values_list("number", flat=True))
        for number in sorted(set(numbers) - known):
            yield 0, _NOWHERE, _NO_LEAF, f"documents_issueddocument {number}"
