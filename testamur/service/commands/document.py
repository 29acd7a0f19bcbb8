"""Verify an issued document offline."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from testamur.documents.verify import LARGEST, Report, unreadable, verify_document
from testamur.kernel.errors import NotFound

_LARGEST_PROOF = 4 * 1024 * 1024


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `document verify`."""
    parser = subparsers.add_parser("document", help="verify an issued document offline")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verify = verbs.add_parser(
        "verify",
        help="check seal, chain, time-stamp, number and proofs of a document; needs no network and no database",
    )
    verify.add_argument("file", type=Path, metavar="FILE.pdf")
    verify.add_argument("--proof", type=Path, metavar="FILE", help="the document's own proof, <number>.tlog-proof")
    verify.add_argument(
        "--trust",
        type=Path,
        metavar="ROOT.pem",
        help="the register's root certificate; by default the one in this machine's keys folder",
    )
    verify.add_argument(
        "--log-key",
        action="append",
        default=[],
        metavar="KEY",
        help="a verifier key of the log (name+id+base64); by default, with this machine's own root, the keys in its keys "
        "folder, and else those that the sealed document names",
    )
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    verify.set_defaults(run=_verify)


def _verify(options: argparse.Namespace) -> int:
    """Verify one file and print what was found; exit 0 all ok, 1 any not, 2 unreadable."""
    report = _report(options)
    if options.json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        for check in report.checks:
            print(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.detail}")
    return report.exit_code


def _report(options: argparse.Namespace) -> Report:
    """Read the files that were named and verify."""
    try:
        pdf = _read(options.file, LARGEST)
        proof = _read(options.proof, _LARGEST_PROOF) if options.proof else None
        trust, own_log_keys = (_read(options.trust, _LARGEST_PROOF), []) if options.trust else _own()
    except (OSError, ValueError) as error:
        return unreadable(f"{error.args[-1]}: {getattr(error, 'filename', None) or options.file}")
    log_keys = options.log_key or own_log_keys
    return verify_document(pdf, at=datetime.now(UTC), trust=trust, proof=proof, log_keys=log_keys)


def _read(path: Path, most: int) -> bytes:
    """Return a file's bytes; raises ValueError where it is longer than anything that is verified."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        message = f"larger than {most // 1024 // 1024} MiB"
        raise ValueError(message)
    return data


def _own() -> tuple[bytes | None, list[str]]:
    """Return this machine's own root certificate and its log's keys; None and nothing where it keeps no seal."""
    from testamur.documents.seal import root_certificate
    from testamur.log.keys import trusted_keys
    from testamur.service import settings

    root = root_certificate(settings.KEYS_DIR)
    if not root.is_file():
        return None, []
    print(f"Trusting the root certificate in {root}.", file=sys.stderr)
    try:
        keys = [key.text for key in trusted_keys(settings.KEYS_DIR)]
    except NotFound:
        keys = []
    return _read(root, _LARGEST_PROOF), keys
