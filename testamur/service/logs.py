"""What log lines may hold: no public number of a document and nothing typed into an address, whoever writes the line."""

import logging
import re

_CHECKED = re.compile(r"(/check/)[^\s?#'\"]+")
_NOWHERE = "an address that leads nowhere"


class HideAddresses(logging.Filter):
    """Replace what follows /check/ in a line by an ellipsis, and an address that is none of the site's by words.

    An address of the site may hold a document's number; one that is not may hold whatever somebody typed or pasted.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; every record passes."""
        before = message = record.getMessage()
        request = getattr(record, "request", None)
        if request is not None and getattr(request, "resolver_match", None) is None and len(request.path) > 1:
            message = message.replace(request.path, _NOWHERE)
        message = _CHECKED.sub(r"\1…", message)
        if message != before:
            record.msg, record.args = message, ()
        return True
