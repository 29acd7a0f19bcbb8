"""The proof of a document, the page about the log, and what stands around every page."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.test import Client
from django.urls import resolve, reverse

from testamur.documents import queries as documents_queries
from testamur.documents.verify import verify_document
from testamur.extracts import queries as extracts_queries
from testamur.log import actions as log_actions
from testamur.log import keys, proofs, tree
from testamur.log import queries as log_queries
from testamur.web.pictures.drawing import faults
from testamur.web.public import check_proof
from testamur.web.public.log_picture import log_picture
from tests.actions.log_world import append
from tests.issuing import UNKNOWN, certified, issue
from tests.rules.documents_samples import AT, number

pytestmark = pytest.mark.django_db


def proof_of(of: str) -> str:
    text = extracts_queries.own_proof(of)
    assert text is not None
    return text


# The proof ----------------------------------------------------------------------------------------------------------


def test_the_proof_of_a_document_is_shown_drawn_and_verifies_offline(client: Client, tmp_path: Path) -> None:
    found = certified(tmp_path)
    assert "Proof in the public log" not in client.get(f"/check/{found.number}/").content.decode()
    log_actions.seal(at=AT)
    body = client.get(f"/check/{found.number}/").content.decode()
    assert "Proof in the public log" in body
    proof, latest = proofs.parse_proof_file(proof_of(found.number)), log_queries.latest_checkpoint()
    assert proof is not None
    assert latest is not None
    assert 5 <= proof.index < latest.size - 7
    assert f"{proof.index + 1} of {latest.size}" in body
    assert 'id="proof-path-title"' in body
    response = client.get(reverse("public:proof", args=[found.number]))
    assert response.status_code == 200
    assert f'filename="{found.number}.tlog-proof"' in response["Content-Disposition"]
    report = verify_document(
        documents_queries.issued_bytes(found.number),
        at=datetime(2026, 9, 1, tzinfo=UTC),
        trust=client.get(reverse("public:seal_root")).content,
        proof=response.content,
        log_keys=[*client.get(reverse("public:log_keys")).content.decode().split()],
    )
    own = next(check for check in report.checks if check.name == "own proof")
    assert own.ok, own.detail
    opened = json.loads(proof.extra or b"")
    assert opened["facts"] == {"number": found.number, "sha256": found.sha256}
    assert opened["record"] == {"kind": "extract", "number": found.number}


def test_a_document_without_a_proof_and_an_unknown_number_have_no_file(client: Client) -> None:
    issue()
    for of in (number(), UNKNOWN, "nonsense"):
        assert client.get(reverse("public:proof", args=[of])).status_code == 404


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 100])
def test_the_path_drawn_leads_to_the_root_from_every_leaf(size: int) -> None:
    hashes = [tree.leaf_hash(bytes((place,))) for place in range(size)]
    root = tree.root_of(hashes)
    for index in range(size):
        path = tree.inclusion_proof(
            index, size, lambda level, at: tree.root_of(hashes[at << level : (at + 1) << level])
        )
        steps = check_proof.path_of(proofs.ProofFile(index, tuple(path), ""), hashes[index], size=size)
        assert (steps[-1].joined if steps else hashes[index].hex()) == root.hex()


def test_a_proof_that_does_not_hold_is_not_shown(tmp_path: Path) -> None:
    found = certified(tmp_path)
    log_actions.seal(at=AT)
    text = proof_of(found.number)
    assert check_proof.shown_proof(text) is not None
    good = proofs.parse_proof_file(text)
    assert good is not None
    size = int(good.note.split("\n")[1])
    wrong = bytes((good.hashes[0][0] ^ 1,)) + good.hashes[0][1:]
    planted = [
        proofs.ProofFile(good.index + 1, good.hashes, good.note, good.extra),
        proofs.ProofFile(good.index, (wrong, *good.hashes[1:]), good.note, good.extra),
        proofs.ProofFile(good.index, good.hashes[:-1], good.note, good.extra),
        proofs.ProofFile(good.index, good.hashes, good.note.replace(f"\n{size}\n", f"\n{size - 1}\n"), good.extra),
        proofs.ProofFile(good.index, good.hashes, good.note, (good.extra or b"").replace(b"extract", b"another")),
        proofs.ProofFile(good.index, good.hashes, good.note, b"[]"),
        proofs.ProofFile(good.index, good.hashes, good.note, None),
        proofs.ProofFile(good.index, good.hashes, "no note", good.extra),
    ]
    assert [check_proof.shown_proof(one.text) for one in planted] == [None] * len(planted)
    assert check_proof.shown_proof("") is None


# About --------------------------------------------------------------------------------------------------------------


def test_the_log_s_page_tells_size_root_and_time_and_how_to_audit(client: Client) -> None:
    empty = client.get(reverse("public:log")).content.decode()
    assert "none yet" in empty
    assert client.get(reverse("public:log_checkpoint")).status_code == 404
    append(1)
    log_actions.seal(at=AT)
    append(2, since=9)
    latest = log_queries.latest_checkpoint()
    assert latest is not None
    body = client.get(reverse("public:log")).content.decode()
    assert latest.root.hex() in body
    assert "14 March 2026" in body
    assert "2 entries" in body
    assert "./tm log verify" in body
    assert "./tm log export" in body
    assert client.get(reverse("public:log_checkpoint")).content.decode() == latest.note
    trusted = [key.text for key in keys.trusted_keys(site_settings.KEYS_DIR)]
    assert client.get(reverse("public:log_keys")).content.decode().split() == trusted


@pytest.mark.parametrize("size", [0, 1, 10**9])
def test_nothing_collides_in_the_picture_of_the_log(size: int) -> None:
    figure = log_picture(size)
    assert [faults(drawing) for _, drawing in figure.drawings] == [[], []]


def test_the_statement_on_accessibility_names_the_standard_and_somebody_to_write_to(client: Client) -> None:
    body = client.get(reverse("public:accessibility")).content.decode()
    assert "WCAG) 2.2 at level AA" in body
    assert "mailto:register@testamur.example" in body


def test_every_page_leads_to_both_and_acknowledges_country(client: Client, settings: Any) -> None:
    settings.ACKNOWLEDGEMENT = "We acknowledge the people of this place & their Elders."
    body = client.get(reverse("public:home")).content.decode()
    assert f'href="{reverse("public:accessibility")}"' in body
    assert f'href="{reverse("public:log")}"' in body
    assert "the people of this place &amp; their Elders" in body
    assert f'href="{reverse("public:check")}"' in body
    assert '<section class="govuk-service-navigation t-navigation" aria-label="Service information"' in body


def test_the_address_in_a_qr_code_is_the_page_s_own() -> None:
    assert resolve(f"/check/{number()}/").view_name == "public:check_number"
    assert reverse("public:check_number", args=[number()]) == f"/check/{number()}/"
