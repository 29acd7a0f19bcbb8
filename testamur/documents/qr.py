"""QR codes of the addresses where documents are checked."""

from itertools import groupby
from typing import Final

import segno

_INK: Final = "#12324a"
_MASK: Final = 4  # weighing all eight masks costs as much as setting a page, and cameras read each alike


def qr_code(address: str) -> str:
    """Return the QR code of an address as SVG text, level M."""
    code = segno.make(address, error="m", micro=False, mask=_MASK)
    path = []
    for down, row in enumerate(code.matrix):
        across = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                path.append(f"M{across} {down}.5h{length}")
            across += length
    side = len(code.matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<path d="{"".join(path)}" stroke="{_INK}"/></svg>'
    )
