"""QR codes of the addresses where documents are checked."""

import io
from typing import Final

import segno

_INK: Final = "#12324a"


def qr_code(address: str) -> str:
    """Return the QR code of an address as SVG text, level M."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=0, dark=_INK, xmldecl=False, svgclass=None, lineclass=None, omitsize=True
    )
    return out.getvalue().decode()
