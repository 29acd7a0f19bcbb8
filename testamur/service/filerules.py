"""The rules on files, as `rules list` prints them and docs/rules explains them."""

from collections.abc import Mapping
from typing import Final

FORMATS: Final = ("teqsa",)


def listed(file_format: str | None = None) -> list[Mapping[str, object]]:
    """Return the rules on files of one format, or of every format where none is named."""
    from testamur.submissions import rules

    wanted = FORMATS if file_format is None else (file_format,)
    return [{"format": name, **rule} for name in wanted for rule in rules.listed_rules(name)]
