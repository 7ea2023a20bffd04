"""Who acts: a person or a job."""

from dataclasses import dataclass

from core.errors import BadInput

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody by name; rights will hang here."""

    name: str

    @classmethod
    def named(cls, name: str) -> "Actor":
        """An actor of that name, cleaned of spaces and control characters. Raises BadInput."""
        cleaned = " ".join("".join(c if c.isprintable() else " " for c in name).split())
        if not cleaned:
            raise BadInput(
                "Who are you? An author's name is needed, so that the history can tell people apart."
            )
        if len(cleaned) > LONGEST_NAME:
            raise BadInput(f"The author's name has {len(cleaned)} characters; at most {LONGEST_NAME} fit.")
        return cls(cleaned)


NOBODY = Actor("nobody")
