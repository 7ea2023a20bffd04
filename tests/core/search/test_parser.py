"""The language of searches: what means what, and how a mistake is told."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.search import SearchError, nodes, parse, quoted
from core.search.nodes import And, HasLabel, Named, Not, Or
from db.records import Label
from db.terms import LabelState, Part

LABELS = [
    Label(id=at + 1, dataset_id=1, position=at, name=name, key="")
    for at, name in enumerate(["sea", "clouds", "two words", "size", "im.old", "dark"])
]
SEA, CLOUDS, WORDS, SIZE = (HasLabel(number) for number in (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", nodes.Everything()),
        ("sea", SEA),
        ("SEA", SEA),
        ("sea & !clouds", And((SEA, Not(CLOUDS)))),
        ("sea !clouds", And((SEA, Not(CLOUDS)))),
        ("sea && clouds || size", Or((And((SEA, CLOUDS)), SIZE))),
        ("sea | clouds size", Or((SEA, And((CLOUDS, SIZE))))),
        ("(sea | clouds) size", And((Or((SEA, CLOUDS)), SIZE))),
        ("sea & (clouds & size)", And((SEA, CLOUDS, SIZE))),
        ('"two words" “two words”', And((WORDS, WORDS))),
        ("?sea absent:sea", And((HasLabel(1, LabelState.UNKNOWN), HasLabel(1, LabelState.ABSENT)))),
        ("im.old", HasLabel(5)),
        ("im12.jpg", Named("im12.jpg")),
        ("im12*", Named("im12*")),
        ('"sun set"', Named("sun set")),
        ('name:"a \\"b"', Named('a "b')),
        ("part:validation", nodes.InPart(Part.VALIDATION)),
        ("part:DEV", nodes.InPart(Part.VALIDATION)),
        ("part:testing", nodes.InPart(Part.TEST)),
        ("unverified", Not(nodes.Verified())),
        ("unverified:sea", Not(nodes.Verified(1))),
        ("left_out", nodes.LeftOut()),
        ('author:"Ada Lovelace"', nodes.ChangedBy("Ada Lovelace")),
        ("size<64", nodes.Measured("size", "<", 64)),
        ("aspect >= .5", nodes.Measured("aspect", ">=", 0.5)),
        ("Brightness<10%", nodes.Measured("brightness", "<", 0.1)),
        ("labels:0", nodes.Measured("labels", "=", 0)),
        ("labels>=3", nodes.Measured("labels", ">=", 3)),
        ('score:"two words">.8', nodes.Scored(3, ">", 0.8)),
        ("predicted:sea", nodes.Predicted(1)),
        ('meta."camera model"!="EOS 5"', nodes.Described("camera model", "!=", "EOS 5")),
        ("meta.site=zoo", nodes.Described("site", "=", "zoo")),
        ("dark", HasLabel(6)),
        ("is:dark", nodes.Odd("dark")),
        ("low_information", nodes.Odd("low information")),
        ("odd duplicate", And((nodes.Odd(), nodes.Copied()))),
        ("map:0,0;1,0;.5,-.25", nodes.OnMap(((0, 0), (1, 0), (0.5, -0.25)))),
    ],
)
def test_a_search_means(text: str, meaning: nodes.Node) -> None:
    assert parse(text, LABELS) == meaning


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("", False),
        ('"predicted score" | name:score', False),
        ("sea & !clouds", False),
        ("predicted:sea", True),
        ("sea & (clouds | !score:sea>.8)", True),
        ("PREDICTED:sea", True),
    ],
)
def test_only_a_term_about_predictions_asks_a_run(text: str, asks: bool) -> None:
    assert nodes.asks_a_run(parse(text, LABELS)) is asks


@pytest.mark.parametrize(
    ("text", "sentence", "at"),
    [
        ("sea &", "After “sea &” a label is missing.", (5, 5)),
        ("sea & | clouds", "After “sea &” a label is missing before “|”.", (6, 7)),
        ("see", "There is no label “see”: did you mean sea?", (0, 3)),
        ("sea & cloud", "There is no label “cloud”: did you mean clouds?", (6, 11)),
        ("sea and clouds", "There is no label “and”: write “&” instead.", (4, 7)),
        ("sea & (clouds", "The “(” before “clouds” is never closed.", (6, 7)),
        ("sea)", "The “)” after “sea” closes nothing: take it out, or open it with “(”.", (3, 4)),
        ('sea "two', "The quotation mark before “two” is never closed.", (4, 8)),
        ("width", "“width” needs a comparison, such as width<64.", (0, 5)),
        ("width<wide", "“wide” is no number: write it like 64, .8 or 80%.", (6, 10)),
        ("part:all", "There is no part “all”: it is train, val or test.", (5, 8)),
        ("?", "After “?” a label is missing: ?sea finds what is unknown of it.", (1, 1)),
        ("map:1,2", "An area on the map has 3 to 200 corners; this one 1.", (4, 7)),
    ],
)
def test_a_mistake_is_a_sentence_that_points_at_its_place(
    text: str, sentence: str, at: tuple[int, int]
) -> None:
    with pytest.raises(SearchError) as told:
        parse(text, LABELS)
    assert (str(told.value), told.value.at) == (sentence, at)


PIECES = st.sampled_from(
    ["sea", "clouds", '"two words"', "size", "&", "|", "!", "?", "(", ")", " ", "<", ">=", "=", ".8", "64", '"', "“",
     "verified:", "part:", "val", "author:", "score:", "meta.", "map:", "1,2;", "labels:", "is:", "dark", "*", "\\"]
)  # fmt: skip


@settings(max_examples=300, derandomize=True)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join)))
@example("(" * 4000)
@example("!" * 3999)
@example("size<" + "9" * 400)
@example("size<1e999")
@example("\ud800")
@example("author:\0")
@example("group:" + "9" * 50)
@example("map:" + "٣,٣;" * 3)
def test_any_text_is_a_search_or_a_mistake_at_a_place_of_it(text: str) -> None:
    try:
        found = parse(text, LABELS)
    except SearchError as error:
        told, at = str(error), error.at
    else:
        told, at = "It means something.", found.at
        assert isinstance(hash(found), int)
    assert 0 <= at[0] <= at[1] <= len(text)
    assert told.endswith((".", "?"))


@settings(max_examples=200, derandomize=True)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30))
@example("not")
@example("part:")
@example("verified")
@example("meta.x")
@example('a"b\\')
@example("“")
def test_a_quoted_name_means_its_label_whatever_it_is(name: str) -> None:
    label = Label(id=7, dataset_id=1, position=0, name=name, key="")
    written = quoted(name)
    assert parse(written, [label, *LABELS]) == HasLabel(7)
    assert parse(f"sea & !{written}|{written}", [*LABELS, label]) == Or(
        (And((SEA, Not(HasLabel(7)))), HasLabel(7))
    )
