"""What log lines may hold: no public number of a document, whichever part of Django writes the line."""

import logging
import re

_CHECKED = re.compile(r"(/check/)[^\s?#'\"]+")


class HideNumbers(logging.Filter):
    """Replace what follows /check/ in a line by an ellipsis: an address may hold a document's number."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; every record passes."""
        message = record.getMessage()
        if "/check/" in message:
            record.msg, record.args = _CHECKED.sub(r"\1…", message), ()
        return True
