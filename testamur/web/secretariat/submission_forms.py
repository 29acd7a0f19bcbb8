"""The forms of a decision on a submission; each carries a key, so that sending it twice decides once."""

from uuid import uuid4

from django import forms

LONGEST_REASON = 300


class DecisionForm(forms.Form):
    """A form with a key of its own."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=100)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.initial.setdefault("key", str(uuid4()))


class AcceptForm(DecisionForm):
    """The acceptance, confirmed by a tick."""

    agreed = forms.BooleanField(
        label="I have read what will be sealed, and accept it",
        error_messages={"required": "Tick the box to accept the submission, or leave the page without deciding."},
    )


class ReturnForm(DecisionForm):
    """Why a submission goes back to its provider."""

    reason = forms.CharField(
        label="Reason",
        help_text="The provider reads it as you write it. Say what to change, and name no student.",
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 3}),
        error_messages={
            "required": "Say why the submission goes back, so that the provider knows what to change.",
            "max_length": f"Say it in at most {LONGEST_REASON} characters.",
        },
    )
