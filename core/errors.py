"""Errors a person can act on.

    ErrataError          one sentence: what, which file or row, what to do
    ├── BadInput         something given by the user cannot be used as it is
    ├── Refused          a rule of the house forbids it (test scored unasked, foreign origin)
    └── Interrupted      work ended early and can be taken up again
Errors of the database floor (Missing, Stale, Conflict) live in db.errors.
"""


class ErrataError(Exception):
    """Base of every error whose text is shown to a person as it is."""


class BadInput(ErrataError):
    """Something that the user gave cannot be used; the text says what, which and what to do."""


class Refused(ErrataError):
    """A rule forbids the action; the text names the rule."""


class Interrupted(ErrataError):
    """Work ended early; the text says how to go on."""
