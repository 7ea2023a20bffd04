"""What a number beside a label says: 1 and 0 are a person's word, what lies between is a machine's."""

from db.terms import LabelState

MACHINES = frozenset(("machine", "model", "auto", "prediction", "predicted", "ml"))
PEOPLE = frozenset(("human", "manual", "person", "verification", "verified"))


def state_of(cell: str) -> tuple[LabelState, bool] | None:
    """The state, and whether the number is a fraction; None when it is no number from 0 to 1.

    From 0.5 on a fraction is present; below, a machine has proposed the label and was not sure: unknown.
    """
    try:
        # Between 0 and 1 a comma can only be a decimal one, as spreadsheets of many countries write it.
        value = float(cell.strip().replace(",", "."))
    except ValueError:
        return None
    if not 0 <= value <= 1:
        return None
    if value in (0, 1):
        return (LabelState.PRESENT if value else LabelState.ABSENT), False
    return (LabelState.PRESENT if value >= 0.5 else LabelState.UNKNOWN), True
