from datetime import UTC, datetime

import pytest
from django.conf import settings

from testamur.documents import publish, queries
from testamur.documents.certification.specimens import example
from testamur.documents.examine import examine
from testamur.documents.models import IssuedDocument
from testamur.documents.seal import root_certificate
from testamur.documents.stamp import StampRefused, stamp_root
from testamur.kernel.errors import NotAllowed

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 14, 1, 2, 3, tzinfo=UTC)


def test_an_issued_certification_document_is_sealed_with_a_time_stamp():
    document = example("record-of-results")
    issued = publish.publish_certification(document, source=None, by=7, at=AT)
    trust = b"".join(path(settings.KEYS_DIR).read_bytes() for path in (root_certificate, stamp_root))
    report = examine(queries.issued_bytes(issued.number), at=AT, trust=trust, proof=None, log_keys=())
    found = {check.name: (check.ok, check.detail) for check in report.checks}
    assert found["time-stamp"] == (True, AT.isoformat())
    assert all(ok for ok, _ in found.values())


def test_a_service_that_does_not_answer_issues_nothing(settings):
    settings.TIME_STAMP_URL = "http://127.0.0.1:9/"
    with pytest.raises(StampRefused):
        publish.publish_certification(example("record-of-results"), source=None, by=7, at=AT)
    assert not IssuedDocument.objects.exists()


def test_a_testamur_without_the_logo_s_file_is_not_issued_outside_the_demo(settings):
    settings.DEMO = False
    with pytest.raises(NotAllowed) as refusal:
        publish.publish_certification(example("testamur"), source=None, by=7, at=AT)
    assert {finding.rule for finding in refusal.value.findings} == {"LOGO-01"}
