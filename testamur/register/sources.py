"""A stored source as leaves commit to it."""

from testamur.register.models import Source
from testamur.register.preparing import SourceHeader


def header_of(source: Source) -> SourceHeader:
    """Return what leaves commit to of a source."""
    return SourceHeader(
        source_id=source.pk,
        provider=source.provider_id,
        submission=source.submission,
        format=source.format,
        part=source.part,
        file_sha256=bytes(source.file_sha256).hex(),
        rule_version=source.rule_version,
        asserted_by=source.asserted_by,
        declared_by=source.declared_by,
        recorded_at=source.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        recorded_date=source.recorded_date,
    )
