"""The documents of docs/documents/examples, read once a run, and changed for a test's own case."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from testamur.documents.certification.assets import Asset, load_asset, read_asset
from testamur.documents.certification.inputs import KINDS, Certification
from testamur.documents.certification.reading import read_document
from testamur.documents.certification.rendering import render_certification

EXAMPLES = Path(__file__).parents[2] / "testamur/documents/certification/examples"
USI = "XNY5NV9WG9"
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"><path d="M0 0H200V100H0Z" fill="#00573f"/>'
    b'<circle cx="50" cy="50" r="30" fill="#d1004b"/></svg>'
)


def data(kind: str) -> dict[str, Any]:
    """Return the example of a kind as plain JSON."""
    found: dict[str, Any] = json.loads((EXAMPLES / f"{kind}.json").read_text(encoding="utf-8"))
    return found


def read(kind: str, given: object) -> Certification:
    """Read an input as the command does."""
    return read_document(kind, json.dumps(given), lambda named: load_asset(named, EXAMPLES))


def document(kind: str, change: Callable[[dict[str, Any]], None] = lambda given: None) -> Certification:
    """Return the example of a kind, changed as plain JSON before it is read."""
    given = data(kind)
    change(given)
    return read(kind, given)


def named(kind: str, name: str) -> Certification:
    """Return the example of a kind in another person's name."""
    return document(kind, lambda given: given["issue"].update(holder=name))


@cache
def scheme_logo() -> Asset:
    """Return a drawing that stands for the regulator's file; it is not the logo."""
    return read_asset(LOGO)


@cache
def rendered(kind: str) -> bytes:
    """Return the example of a kind, rendered with a file in the logo's place."""
    return render_certification(document(kind), nrt_logo=scheme_logo())


ALL = tuple(KINDS)
