"""Compare a copy of the national register with what is held: which products and scopes are new, changed or listed no more.

Each part of a product (title, releases, status, packaging, units, replacement) is hashed by itself, so that a change has a
name; a product whose parts are all the same is left alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from testamur.training.layout import PARTS

_SIGNS: Final = 32
_FIELD, _ROW = "\x1f", "\x1e"


@dataclass(frozen=True, slots=True)
class Differences:
    """What a copy would change: codes by what happens to them, and the parts that changed of each changed product."""

    added: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    unlisted: tuple[str, ...]
    scopes: tuple[str, ...]

    @property
    def none(self) -> bool:
        """Say whether the copy changes nothing."""
        return not (self.added or self.changed or self.unlisted or self.scopes)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many of each."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "unlisted": len(self.unlisted),
            "scopes": len(self.scopes),
        }


def product_digests(frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Return for each product the hashes of its parts, joined by points, in the order of PARTS."""
    parts = {name: _hashed(frames[name], "code") for name in PARTS}
    empty = _short("")
    return {
        code: ".".join(parts[name].get(code, empty) for name in PARTS) for code in frames["products"]["code"].to_list()
    }


def scope_digests(frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Return for each provider the hash of its scope."""
    return _hashed(frames["scope"], "provider")


def differences(
    frames: Mapping[str, pl.DataFrame], products: Mapping[str, str], listed: frozenset[str], scopes: Mapping[str, str]
) -> Differences:
    """Compare a copy with held digests: of products by code, whether still listed, and of scopes by provider."""
    new, new_scopes = product_digests(frames), scope_digests(frames)
    return Differences(
        added=tuple(sorted(code for code in new if code not in products)),
        changed={
            code: _changed_parts(products[code], digest, back=code not in listed)
            for code, digest in sorted(new.items())
            if code in products and (products[code] != digest or code not in listed)
        },
        unlisted=tuple(sorted(listed - new.keys())),
        scopes=tuple(
            sorted(
                code
                for code in new_scopes.keys() | scopes.keys()
                if new_scopes.get(code, EMPTY_SCOPE) != scopes.get(code, EMPTY_SCOPE)
            )
        ),
    )


def _changed_parts(held: str, new: str, *, back: bool) -> tuple[str, ...]:
    """Return in words which parts differ."""
    pairs = zip(PARTS.values(), held.split("."), new.split("."), strict=True)
    changed = tuple(words for words, old, now in pairs if old != now)
    return ("listed again", *changed) if back else changed


def _hashed(frame: pl.DataFrame, key: str) -> dict[str, str]:
    """Return the hash of each thing's rows, whatever their order."""
    cells = [pl.col(name).cast(pl.String).fill_null("") for name in frame.columns if name not in (key, "row")]
    rows = frame.select(pl.col(key), text=pl.concat_str(cells, separator=_FIELD))
    whole = rows.group_by(key).agg(pl.col("text").sort().str.join(_ROW))
    return {name: _short(text) for name, text in whole.iter_rows()}


def _short(text: str) -> str:
    """Return the first 128 bits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:_SIGNS]


EMPTY_SCOPE: Final = _short("")
