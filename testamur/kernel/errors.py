"""The three refusals that an action may raise. Pages turn them into 403, 404 and 409 or a form error."""

from testamur.kernel.verdict import Finding, Verdict


class Refusal(Exception):
    """A refusal that says what, where, why and what to do; never holds personal data."""

    def __init__(self, message: str, *, findings: tuple[Finding, ...] = (), verdict: Verdict | None = None) -> None:
        """Keep the message for the person and the findings behind it."""
        super().__init__(message)
        self.message = message
        self.verdict = verdict
        self.findings = findings or (verdict.findings if verdict else ())


class NotAllowed(Refusal):
    """The person may not do this, or a rule forbids it now."""


class NotFound(Refusal):
    """There is no such thing, or none that this person may know of."""


class Conflict(Refusal):
    """The thing has moved on: another state, another version, the same key with other content."""


def refuse_unless(verdict: Verdict) -> None:
    """Raise NotAllowed with the words and findings of a Verdict that does not allow the act."""
    if not verdict.allowed:
        raise NotAllowed(verdict.reasons, verdict=verdict)
