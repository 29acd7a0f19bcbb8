"""What log lines may hold: no secret of a link, no public number of a document, nothing typed into an address."""

import logging
import re

# Addresses whose last part opens something (an invitation, a new password, a calendar) or is a document's number.
_TELLING = (
    "calendars",
    "check",
    "access/request",
    "account/invitation",
    "account/confirm",
    "account/reset",
    "student/record/extracts",
)
_TOLD = re.compile(rf"(/(?:{'|'.join(_TELLING)})/)[^\s?#'\"]+")
_NOWHERE = "an address that leads nowhere"


class HideAddresses(logging.Filter):
    """Replace the telling part of an address in a line by an ellipsis, and an address that is none of the site's by words.

    An address of the site may hold the secret of a link that was mailed, or a document's number; one that is not may hold
    whatever somebody typed or pasted.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; every record passes."""
        before = message = record.getMessage()
        request = getattr(record, "request", None)
        if request is not None and getattr(request, "resolver_match", None) is None and len(request.path) > 1:
            message = message.replace(request.path, _NOWHERE)
        message = _TOLD.sub(r"\1…", message)
        if message != before:
            record.msg, record.args = message, ()
        return True
