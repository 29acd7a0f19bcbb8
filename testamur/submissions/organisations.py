"""Whose files they are: the organisations that they name beside the codes of the provider that lodges them (D05, SUB-14).

Codes are compared in capitals and without zeros in front. A set may name several organisations, and a provider may have had
several codes, so another's code is a warning. Where none is the provider's, the declarer confirms that in words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

NAMED: Final = {"file": pl.String, "row": pl.Int64, "code": pl.String}
OTHER: Final = "other_organisation"
_MOST = 5


@dataclass(frozen=True, slots=True)
class OtherOrganisation:
    """What files name where none of it is the lodging provider's: the codes that they name, and those the provider has."""

    named: tuple[str, ...]
    own: tuple[str, ...]

    @classmethod
    def of(cls, counts: Mapping[str, Any]) -> "OtherOrganisation | None":
        """Return it from a submission's stored counts, None where the files name the provider or nobody."""
        held = counts.get(OTHER)
        return cls(tuple(held["named"]), tuple(held["own"])) if held else None

    @property
    def sentence(self) -> str:
        """Return the sentence that the declarer ticks; it is kept with the declaration."""
        few = self.named[:_MOST]
        more = f" and {len(self.named) - _MOST:,} more" if len(self.named) > _MOST else ""
        named = f"{', '.join(few)}{more}" if more else _listed(few)
        return (
            f"These files name the organisation{'s' if len(self.named) > 1 else ''} {named}, and {owned(self.own)}. "
            "I confirm that they hold this provider's own records."
        )


def others(named: pl.DataFrame, own: Sequence[str]) -> pl.DataFrame:
    """Return the places of `named` (file, row, code) at which another organisation than the provider is named."""
    return named.filter(~_folded().is_in([code.upper().lstrip("0") for code in own]))


def none_own(named: pl.DataFrame, own: Sequence[str]) -> OtherOrganisation | None:
    """Return what is named where no place names the provider, None where one does or nothing is named."""
    if named.is_empty() or others(named, own).height < named.height:
        return None
    return OtherOrganisation(tuple(named["code"].unique(maintain_order=True)), tuple(own))


def owned(own: Sequence[str]) -> str:
    """Return in words which codes the register holds of a provider."""
    if not own:
        return "the register holds no RTO code of this provider"
    code = "RTO code" if len(own) == 1 else "RTO codes"
    return f"this provider's {code} in the register {'is' if len(own) == 1 else 'are'} {_listed(own)}"


def _folded() -> pl.Expr:
    return pl.col("code").str.to_uppercase().str.strip_chars_start("0")


def _listed(codes: Sequence[str]) -> str:
    """Return codes as a list in a sentence."""
    return " and ".join(filter(None, (", ".join(codes[:-1]), codes[-1])))
