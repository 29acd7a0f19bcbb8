"""Render a certification document from JSON, and verify an issued document offline."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from testamur.documents.certification.assets import Asset, UnfitAsset, load_asset, read_nrt_logo
from testamur.documents.certification.inputs import KINDS
from testamur.documents.certification.reading import InputError, read_document
from testamur.documents.certification.rendering import render_certification
from testamur.documents.verify import LARGEST, Report, unreadable, verify_document
from testamur.kernel.errors import NotFound, Refusal

_LARGEST_INPUT = 16 * 1024 * 1024
_LARGEST_PROOF = 4 * 1024 * 1024


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `document render` and `document verify`."""
    parser = subparsers.add_parser("document", help=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_render(verbs)
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
        help="the roots of the seal and of its time-stamps; by default those in this machine's keys folder",
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


def _add_render(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `document render`."""
    render = verbs.add_parser(
        "render",
        help="render one certification document from JSON, by the same code as the product; unsigned",
        description="DATA.json is what docs/documents/KIND.json describes; pictures are files beside it, or shipped:NAME. An "
        'unreadable input answers {"error", "path"} and exit code 2; a name that the fonts cannot set, or words that were not '
        "in force, exit code 1.",
    )
    render.add_argument("kind", choices=[*KINDS], metavar="KIND", help=", ".join(KINDS))
    render.add_argument("data", type=Path, metavar="DATA.json", help="what the document says")
    render.add_argument("out", type=Path, metavar="OUT.pdf", help="where the PDF is written")
    render.add_argument("--preview", action="store_true", help="print the word PREVIEW across each page")
    render.add_argument("--template", type=Path, metavar="FILE.typ", help="a template in place of the shipped one")
    render.add_argument(
        "--credential", type=Path, metavar="FILE.json", help="the document's credential, to be attached"
    )
    render.set_defaults(run=_render)


def _render(options: argparse.Namespace) -> int:
    """Render one document; exit 0 written, 1 refused, 2 unreadable."""
    try:
        document = read_document(
            options.kind, _read(options.data, _LARGEST_INPUT), lambda named: load_asset(named, options.data.parent)
        )
        template, credential = (
            _read(path, _LARGEST_INPUT).decode() if path else None for path in (options.template, options.credential)
        )
        logo = _scheme_logo()
        pdf = render_certification(
            document, nrt_logo=logo, credential=credential, template=template, preview=options.preview
        )
        options.out.write_bytes(pdf)
    except InputError as error:
        return _unreadable(error.error, error.path)
    except UnfitAsset as refusal:
        return _unreadable(refusal.message)
    except (OSError, ValueError) as error:
        named = f": {error.filename}" if isinstance(error, OSError) and error.filename else ""
        return _unreadable(f"a file cannot be read or written ({type(error).__name__}{named})")
    except Refusal as refusal:
        print(refusal.message, file=sys.stderr)
        return 1
    return 0


def _unreadable(error: str, path: str = "") -> int:
    """Say what cannot be read; exit code 2."""
    print(json.dumps({"error": error, "path": path}, ensure_ascii=False))
    return 2


def _scheme_logo() -> Asset | None:
    """Return the deployer's file of the Nationally Recognised Training logo, None where the settings name none."""
    from testamur.service import settings

    if settings.NRT_LOGO is None:
        return None
    return read_nrt_logo(settings.NRT_LOGO.read_bytes(), settings.NRT_LOGO_SHA256)


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
    from testamur.documents.stamp import stamp_root
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
    stamps = stamp_root(settings.KEYS_DIR)
    return _read(root, _LARGEST_PROOF) + (_read(stamps, _LARGEST_PROOF) if stamps.is_file() else b""), keys
