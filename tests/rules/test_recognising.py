"""Which format files look like, before anything of them is kept: every known-good vector looks like its own format only."""

import io
import zipfile
from pathlib import Path

import pytest

from testamur.service.synthetic import avetmiss
from testamur.submissions.bundles import open_bundle
from testamur.submissions.certificates.workbook import template
from testamur.submissions.formats import FORMATS
from testamur.submissions.recognising import formats_like, none_here
from tests.lodged import clean, zipped

CQR = b"[VERSION200]\n7\tS1\tGrace\tNguyen\t01/02/1991\tF\tBSB40407\tQ\t10/05/2012\tP-1\tEnglish\tBSBWOR501\n"
REGISTER = b"Student id,Given name,Surname,Date of birth,Gender,Certificate type\r\nS1,A,B,01/02/1990,F,Testamur\r\n"


def like(files: dict[str, bytes]) -> frozenset[str]:
    return formats_like([(name, io.BytesIO(content)) for name, content in files.items()])


@pytest.fixture
def nat(tmp_path: Path) -> dict[str, bytes]:
    avetmiss.write_bundle(tmp_path, students=2, activities_per_student=2, seed=1)
    return {path.name: path.read_bytes() for path in sorted(tmp_path.iterdir())}


def test_each_format_is_told_from_the_others(nat):
    for files, wanted in (
        (clean(), "teqsa"),
        (nat, "avetmiss8"),
        ({"export.txt": CQR}, "cqr2"),
        ({"export.csv": CQR}, "cqr2"),
        ({"our awards.csv": REGISTER}, "certificates"),
        ({"our awards.xlsx": template()}, "certificates"),
    ):
        assert like(files) == {wanted}


def test_an_archive_is_looked_into(nat):
    assert like({"half year.zip": zipped(nat)}) == {"avetmiss8"}
    assert like({"half year.zip": zipped({"export.txt": CQR})}) == {"cqr2"}


def test_files_of_no_format_and_broken_archives_look_like_none():
    assert like({"notes.txt": b"a note", "picture.png": b"\x89PNG\r\n\x1a\n\x00", "empty.csv": b""}) == frozenset()
    broken = zipped({"export.txt": CQR})[:-30]
    assert like({"half year.zip": broken}) == frozenset()
    assert like({"half year.zip": b"PK\x03\x04" + b"\0" * 40}) == frozenset()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_whose_packed_bytes_are_spoilt_is_looked_at_and_checked_without_breaking_off(method, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("export.txt", CQR * 50)
    data = bytearray(packed.getvalue())
    data[45:75] = b"\xff" * 30
    assert like({"half year.zip": bytes(data)}) == frozenset()
    path = tmp_path / "half year.zip"
    path.write_bytes(data)
    with open_bundle([path]) as bundle:
        assert [problem.kind for problem in bundle.problems] == ["zip_damaged"]


def test_files_of_two_formats_look_like_both():
    assert like({"export.txt": CQR, "our awards.csv": REGISTER}) == {"cqr2", "certificates"}


def test_the_answer_that_there_is_none_names_the_one_likelier_format_that_is_offered():
    form, every = FORMATS["teqsa"], FORMATS.values()
    said = none_here(form, [("export.txt", io.BytesIO(CQR))], every)
    assert said == f"{form.none_here} These files look like “CQR data file 2.00” (cqr2)."
    both = [("export.txt", io.BytesIO(CQR)), ("our awards.csv", io.BytesIO(REGISTER))]
    for files, offered in ((both, every), ([("notes.txt", io.BytesIO(b"a note"))], every), (both[:1], [form])):
        assert none_here(form, files, offered) == form.none_here


def test_a_stream_is_left_where_it_was():
    stream = io.BytesIO(CQR)
    stream.seek(3)
    formats_like([("export.txt", stream)])
    assert stream.tell() == 3


def test_an_archive_that_unfolds_is_never_unfolded():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.txt", CQR + b"\0" * (64 << 20))
    assert like({"half year.zip": out.getvalue()}) == {"cqr2"}
