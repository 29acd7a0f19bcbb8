import struct
import zlib

import pytest

from testamur.documents.certification.assets import LARGEST, UnfitAsset, load_asset, read_asset, read_nrt_logo, shipped
from testamur.documents.certification.rendering import render_certification
from tests.documents import samples

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 20 10">{}</svg>'


def png(width: int = 2, height: int = 1, extra: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + b"\x12\x32\x4a" * width for _ in range(min(height, 50)))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def test_a_plain_drawing_is_taken_with_its_proportions():
    assert read_asset(SVG.format('<path d="M0 0L9 9"/>').encode()).ratio == 2
    assert read_asset(b'<svg xmlns="http://www.w3.org/2000/svg" width="30mm" height="10mm"/>').ratio == 3


def test_a_png_keeps_its_proportions_and_can_be_printed(tmp_path):
    (tmp_path / "logo.png").write_bytes(png(8, 4))
    asset = load_asset("logo.png", tmp_path)
    assert asset.ratio == 2

    def change(given):
        given["issue"]["organisation"]["logo"] = "logo.png"

    given = samples.data("testamur")
    change(given)
    document = samples.read_document("testamur", samples.json.dumps(given), lambda named: load_asset(named, tmp_path))
    assert render_certification(document).startswith(b"%PDF")


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        '<path d="M0 0" onclick="x()"/>',
        '<image href="https://example.org/x.png"/>',
        '<use xlink:href="https://example.org/x.svg#a"/>',
        '<path style="fill:url(https://example.org/x)"/>',
        "<style>@import 'https://example.org/x.css';</style>",
        "<style>path{fill:url(https://example.org/x)}</style>",
        "<foreignObject/>",
        "<text>Name</text>",
        '<a href="#x"/>',
        '<animate attributeName="d"/>',
    ],
)
def test_a_drawing_that_acts_or_reaches_out_is_refused(inner):
    with pytest.raises(UnfitAsset):
        read_asset(SVG.format(inner).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<html/>",
        b"<svg",
        b"\xff\xfe",
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("").encode(),
        b'<?xml-stylesheet href="x"?>' + SVG.format("").encode(),
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 9"/>',
        b" " * (LARGEST + 1),
        png()[:-6],
        png()[:40] + b"x" + png()[41:],
        png() + b"more",
        png(60_000, 60_000),
        png(0, 1),
    ],
)
def test_what_is_no_fit_picture_is_refused(data):
    with pytest.raises(UnfitAsset):
        read_asset(data)


def test_an_animated_png_is_refused():
    body = struct.pack(">II", 1, 0)
    moving = struct.pack(">I", 8) + b"acTL" + body + struct.pack(">I", zlib.crc32(b"acTL" + body))
    with pytest.raises(UnfitAsset, match="animated"):
        read_asset(png(extra=moving))


@pytest.mark.parametrize("named", ["../x.svg", "/etc/hostname", "shipped:../../x", "shipped:none", "missing.svg"])
def test_a_picture_outside_the_folder_or_missing_is_refused(named, tmp_path):
    with pytest.raises(UnfitAsset):
        load_asset(named, tmp_path)


def test_the_shipped_pictures_are_fit():
    assert shipped("crest").ratio == pytest.approx(72 / 95)


def test_the_scheme_logo_counts_only_while_its_hash_is_listed():
    assert read_nrt_logo(samples.LOGO, ["0" * 64, samples.scheme_logo().sha256.upper()]) == samples.scheme_logo()
    recoloured = samples.LOGO.replace(b"#00573f", b"#12324a")
    with pytest.raises(UnfitAsset, match="LOGO-01"):
        read_nrt_logo(recoloured, [samples.scheme_logo().sha256])
    with pytest.raises(UnfitAsset, match="LOGO-01"):
        read_nrt_logo(samples.LOGO, [])
