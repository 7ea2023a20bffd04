"""The numbers that stand for states and parts, and the words for parts; apart: importers load no database."""

from db.terms import LabelState, Part

CODES: dict[LabelState, int] = {LabelState.PRESENT: 1, LabelState.ABSENT: 0, LabelState.UNKNOWN: -1}
STATES: dict[int, LabelState] = {code: state for state, code in CODES.items()}
PART_CODES: dict[Part, int] = {Part.TRAIN: 0, Part.VALIDATION: 1, Part.TEST: 2}
PARTS: dict[int, Part] = {code: part for part, code in PART_CODES.items()}
# What people call the parts, in tables, folders' names and searches; in lower case.
PART_WORDS: dict[str, Part] = {
    **dict.fromkeys(("train", "training"), Part.TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "dev"), Part.VALIDATION),
    **dict.fromkeys(("test", "testing"), Part.TEST),
}
LEFT_OUT = -1  # the part of an image that is neither learned from nor judged
