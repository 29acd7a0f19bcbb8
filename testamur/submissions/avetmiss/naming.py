"""Which NAT file a file is, by its name: any case, with or without .txt, in any folder, with words behind the number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from testamur.submissions.bundles import BundleFile

KINDS: tuple[str, ...] = (
    "NAT00010", "NAT00010A", "NAT00020", "NAT00030", "NAT00030A", "NAT00060",
    "NAT00080", "NAT00085", "NAT00090", "NAT00100", "NAT00120", "NAT00130",
)  # fmt: skip
_EXACT = re.compile(r"(NAT[0-9]{5}A?)(?:\.TXT)?", re.IGNORECASE)
_WITHIN = re.compile(r"(?:^|[^A-Z0-9])(NAT[0-9]{5}A?)(?![A-Z0-9])", re.IGNORECASE)


@dataclass
class Chosen:
    """The file of each kind, the files left aside with the case that says why, and names that differ from the standard."""

    files: dict[str, BundleFile] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    aside: list[tuple[str, BundleFile]] = field(default_factory=list)
    renamed: list[tuple[str, BundleFile]] = field(default_factory=list)


def kind_of(file: BundleFile) -> tuple[str | None, bool]:
    """Return the kind that a file's name says, and whether it is named as the standard writes it."""
    exact = _EXACT.fullmatch(file.basename)
    match = exact or _WITHIN.search(file.basename.replace("_", " "))
    kind = match[1].upper() if match else None
    return (kind, exact is not None) if kind in KINDS else (None, False)


def choose(files: Sequence[BundleFile]) -> Chosen:
    """Choose one file of each kind: one named as the standard writes it before others, then the first by name."""
    chosen = Chosen()
    named = [(file, *kind_of(file)) for file in files]
    for file, kind, exact in sorted(named, key=lambda item: (not item[2], item[0].name)):
        if kind is None or "__MACOSX" in file.name.split("/") or file.basename.startswith("._"):
            chosen.aside.append(("stray", file))
            continue
        chosen.kinds[file.name] = kind
        slot = "NAT00010" if kind == "NAT00010A" else kind
        if slot in {"NAT00010" if taken == "NAT00010A" else taken for taken in chosen.files}:
            chosen.aside.append(("twice", file))
            continue
        chosen.files[kind] = file
        if not exact:
            chosen.renamed.append((kind, file))
    return chosen
