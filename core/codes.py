"""The numbers that stand for states and parts in arrays; apart, since importers and exporters load no database."""

from db.terms import LabelState, Part

CODES: dict[LabelState, int] = {LabelState.PRESENT: 1, LabelState.ABSENT: 0, LabelState.UNKNOWN: -1}
STATES: dict[int, LabelState] = {code: state for state, code in CODES.items()}
PART_CODES: dict[Part, int] = {Part.TRAIN: 0, Part.VALIDATION: 1, Part.TEST: 2}
PARTS: dict[int, Part] = {code: part for part, code in PART_CODES.items()}
LEFT_OUT = -1  # the part of an image that is neither learned from nor judged
