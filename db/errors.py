"""What can go wrong with a row: it is missing, it has moved on, or it clashes with another.

DatabaseError
├── Missing     no such row
├── Stale       the row is no longer in the state the caller saw
└── Conflict    the change would break a rule (a name taken twice)
"""


class DatabaseError(Exception):
    """Base of every error of the ground floor; its text is a sentence for a person."""


class Missing(DatabaseError):
    """There is no such row."""


class Stale(DatabaseError):
    """The row is no longer in the state that the caller saw."""


class Conflict(DatabaseError):
    """The change would break a rule, such as a name that is already taken."""
