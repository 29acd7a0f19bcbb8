"""A fault of ours in the worker: a reference number for the person, the place in the code for the operator, never data."""

import logging
import secrets
import traceback

logger = logging.getLogger(__name__)


def reference_of(fault: BaseException, work: str) -> str:
    """Write a fault's kind and places to the log under a new reference number, and return the number."""
    reference = f"{secrets.randbelow(10**8):08d}"
    frames = traceback.extract_tb(fault.__traceback__)[-6:]
    places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    logger.error("%s of a submission failed, reference %s: %s at %s", work, reference, type(fault).__name__, places)
    return f"{reference[:4]} {reference[4:]}"
