"""Sources of every format as strangers might send them: nearly right, in any encoding, cut, and repeated."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

IMAGES = (
    *(
        "a.jpg",
        "A.jpg",
        "caf\u00e9.jpg",
        "cafe\u0301.jpg",
        "sub/a.jpg",
        "sub/b.png",
        "train/x.jpg",
        "val/x.jpg",
    ),
    *("data/im1.jpg", "data/im2.jpg", "JPEGImages/000012.jpg", "=b.png", "two words 3.jpg", "0a1b2c3d-a.jpg"),
)
Draw = st.DrawFn
Files = dict[str, bytes]

_ODD = (
    *("", " ", "../outside.jpg", "/etc/passwd", "C:\\set\\sub\\b.png", "http://h/sub/b.png?x=1", "x" * 300),
    *(
        "ghost.jpg",
        "a",
        "A",
        "\u202e",
        "\x00",
        "\ud800",
        "'=b.png",
        "&b;",
        "<",
        '"',
        ",",
        "|",
        "0",
        "-1",
        "1e999",
    ),
    *("train", "val", "/data/local-files/?d=sub%2Fb.png", "%FF%00", "sub//b.png", "./a.jpg", "NaN"),
)
odd = st.one_of(st.sampled_from(_ODD), st.text(max_size=8))
images = st.one_of(st.sampled_from(IMAGES), st.sampled_from(IMAGES), odd)
labels = st.one_of(st.sampled_from(["sea", "sky", "Me\u0301er", "M\u00e9er", "traffic light"]), odd)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), images, labels)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def table(draw: Draw, header: list[str], *columns: st.SearchStrategy[str]) -> str:
    """A CSV text; now and then with another separator, other quotes, and a row of another length."""
    out = io.StringIO()
    delimiter = draw(st.sampled_from([",", ",", ";", "\t", "|"]))
    writer = csv.writer(
        out,
        delimiter=delimiter,
        lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    writer.writerow(header)
    for row in draw(st.lists(st.tuples(*columns), min_size=1, max_size=5)):
        writer.writerow(draw(st.sampled_from([row, row, row, row[:-1], (*row, "more")])))
    return out.getvalue()


def document(draw: Draw, value: Any) -> str:
    """JSON text with one piece of it, perhaps, replaced by anything."""
    if draw(st.integers(0, 2)) == 2:  # the last, for what is drawn most is the first
        value = replaced(draw, value)
    return json.dumps(value, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))


def replaced(draw: Draw, value: Any) -> Any:
    if isinstance(value, dict) and value and draw(st.integers(0, 5)) < 5:
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: replaced(draw, value[key])}
    if isinstance(value, list) and value and draw(st.integers(0, 5)) < 5:
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], replaced(draw, value[at]), *value[at + 1 :]]
    return draw(anything)


states = st.sampled_from(["1", "0", "-1", "", "true", "nan"] * 3 + ["0.7", "maybe"])
words = st.one_of(st.sampled_from(["train", "val", "test", ""]), odd)
joined = st.lists(labels, max_size=3).flatmap(
    lambda names: st.sampled_from(["|", " ", ";", ","]).map(lambda s: s.join(names))
)


def label_files(draw: Draw) -> dict[str, str]:
    lines = st.lists(st.one_of(st.integers(-1, 20).map(str), odd), max_size=5).map("\n".join)
    return {
        f"annotations/{name}.txt": draw(lines)
        for name in draw(st.lists(st.sampled_from(["sea", "sky_r1", "%2F"]), max_size=3))
    }


def folders(draw: Draw) -> dict[str, str]:
    place = st.tuples(st.sampled_from(["", "train/", "val/"]), st.sampled_from(["sea/", "sky/", "\u202e/"]))
    return {
        f"{a}{b}{at}.jpg": draw(st.sampled_from(["", "same"]))
        for at, (a, b) in enumerate(draw(st.lists(place, max_size=4)))
    }


def csv_joined(draw: Draw) -> dict[str, str]:
    names = draw(st.sampled_from([["x.csv"], ["train.csv", "val.csv"]]))
    return {
        name: table(draw, ["image", "labels", "split", "site"], images, joined, words, odd) for name in names
    }


def csv_onehot(draw: Draw) -> dict[str, str]:
    header = ["filename", draw(labels), draw(labels), "split"]
    names = draw(st.sampled_from([["_classes.csv"], ["train/_classes.csv", "val/_classes.csv"]]))
    return {name: table(draw, header, images, states, states, words) for name in names}


def csv_long(draw: Draw) -> dict[str, str]:
    header = ["file_path", "class_name", "confidence", "source"]
    return {"x.csv": table(draw, header, images, labels, states, st.sampled_from(["human", "model", ""]))}


def open_images(draw: Draw) -> dict[str, str]:
    header = ["ImageID", "Source", "LabelName", "Confidence"]
    stems = st.one_of(images.map(lambda name: name.rsplit(".", 1)[0]), images)
    codes = st.sampled_from(["/m/1", "/m/2"])
    names = table(draw, ["/m/1", draw(labels)], codes, labels)
    return {
        "x.csv": table(draw, header, stems, st.just("machine"), codes, states),
        "class-descriptions.csv": names,
    }


def voc(draw: Draw) -> dict[str, str]:
    stems = st.one_of(st.sampled_from(["000012", "im1", "a"]), odd)
    line = st.tuples(stems, st.sampled_from(["1", " 1", "-1", "0", "x"])).map(" ".join)
    names = st.lists(st.sampled_from(["sea_train", "sea_val", "sky_trainval", "train", "odd"]), max_size=3)
    return {f"ImageSets/Main/{name}.txt": "\n".join(draw(st.lists(line, max_size=4))) for name in draw(names)}


ids = st.sampled_from([1, 2, 1, 2, 1, 2, "x", 1 << 70, None])


def coco(draw: Draw) -> dict[str, str]:
    entries = st.fixed_dictionaries(
        {"id": ids, "file_name": images},
        optional={"split": words, "neg_category_ids": st.lists(ids), "verified_category_ids": st.lists(ids)},
    )
    value = {
        "images": draw(st.lists(entries, min_size=1, max_size=4)),
        "categories": draw(st.lists(st.fixed_dictionaries({"id": ids, "name": labels}), max_size=3)),
        "annotations": draw(
            st.lists(st.fixed_dictionaries({"image_id": ids, "category_id": ids}), max_size=4)
        ),
    }
    return {draw(st.sampled_from(["x.json", "annotations/instances_val.json"])): document(draw, value)}


def label_studio(draw: Draw) -> dict[str, str]:
    choices = st.one_of(labels, st.lists(labels, max_size=3))
    if draw(st.booleans()):
        short = {
            "image": images,
            "choice": st.one_of(choices, st.fixed_dictionaries({"choices": choices})),
            "annotator": ids,
            "annotation_id": ids,
        }
        return {
            "x.json": document(draw, draw(st.lists(st.fixed_dictionaries(short), min_size=1, max_size=4)))
        }
    result = st.fixed_dictionaries(
        {"type": st.just("choices"), "value": st.fixed_dictionaries({"choices": choices})}
    )
    annotation = st.fixed_dictionaries(
        {"result": st.lists(result, max_size=2)},
        optional={"was_cancelled": st.booleans(), "model_version": st.just("errata")},
    )
    data = st.fixed_dictionaries(
        {"image": images}, optional={"split": words, "unknown_labels": choices, "verified_labels": choices}
    )
    task = {
        "data": data,
        "annotations": st.lists(annotation, max_size=2),
        "predictions": st.lists(annotation, max_size=1),
    }
    return {"x.json": document(draw, draw(st.lists(st.fixed_dictionaries(task), min_size=1, max_size=4)))}


def imagefolder(draw: Draw) -> dict[str, str]:
    if draw(st.booleans()):
        return {"metadata.csv": table(draw, ["file_name", "labels"], images, joined)}
    lists = {
        name: st.lists(labels, max_size=2) for name in ("unknown_labels", "absent_labels", "verified_labels")
    }
    line = st.fixed_dictionaries(
        {"file_name": images, "labels": st.lists(labels, max_size=3)},
        optional={**lists, "split": words, "site": odd},
    )
    lines = draw(st.lists(line, max_size=4))
    return {"metadata.jsonl": "\n".join(document(draw, line).replace("\n", " ") for line in lines)}


def fiftyone(draw: Draw) -> dict[str, str]:
    target = st.one_of(st.integers(-1, 4), labels)
    stems = st.one_of(st.sampled_from(["im1", "im2", "../a", "sub/a"]), odd)
    value = {
        "classes": draw(st.lists(labels, max_size=3)),
        "labels": draw(
            st.dictionaries(stems, st.one_of(st.none(), target, st.lists(target, max_size=3)), max_size=4)
        ),
    }
    return {"labels.json": document(draw, value)}


def cvat(draw: Draw) -> dict[str, str]:
    def quoted(text: str) -> str:
        return (
            text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
            if draw(st.integers(0, 9)) < 9
            else text
        )

    head = draw(st.sampled_from(["", "", "", '<?xml version="1.0"?>', '<!DOCTYPE a [<!ENTITY b "boom">]>']))
    entries = ""
    for name, subset, label in draw(st.lists(st.tuples(images, words, labels), max_size=4)):
        tag = f'<tag label="{quoted(label)}" source="manual"/>'
        entries += f'<image name="{quoted(name)}" subset="{quoted(subset)}">{tag}</image>\n'
    return {"annotations.xml": f"{head}<annotations><version>1.1</version>{entries}</annotations>"}


def imagenet_txt(draw: Draw) -> dict[str, str]:
    line = st.tuples(images, st.lists(st.sampled_from(["0", "1", "7", "x"]), max_size=3)).map(
        lambda p: " ".join((p[0], *p[1]))
    )
    lines = st.lists(line, max_size=4).map("\n".join)
    return {
        "synsets.txt": "\n".join(draw(st.lists(labels, max_size=3))),
        "train.txt": draw(lines),
        "val.txt": draw(lines),
    }


def nothing(draw: Draw) -> dict[str, str]:
    return {"notes.md": draw(odd)}


MADE: dict[str, Callable[[Draw], dict[str, str]]] = {
    **{"label-files": label_files, "folders": folders, "csv": csv_joined, "csv-onehot": csv_onehot},
    **{
        "csv-long": csv_long,
        "open-images": open_images,
        "voc": voc,
        "coco": coco,
        "label-studio": label_studio,
    },
    **{
        "imagefolder": imagefolder,
        "fiftyone": fiftyone,
        "cvat": cvat,
        "imagenet-txt": imagenet_txt,
        "images": nothing,
    },
}


@st.composite
def sources(draw: Draw, format: str) -> Files:
    """The annotation files of one format, as bytes."""
    return {name: spoiled(draw, text) for name, text in MADE[format](draw).items()}


def spoiled(draw: Draw, text: str) -> bytes:
    """The text in some encoding; one in five is cut, doubled, or has strange bytes in it."""
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    data = text.encode(
        draw(st.sampled_from(["utf-8"] * 7 + ["utf-8-sig", "utf-16", "cp1252", "utf-16-le"])), "replace"
    )
    spoil = draw(st.integers(0, 15))
    at = draw(st.integers(0, len(data)))
    if spoil == 13:
        return data[:at]
    if spoil == 14:
        return data[:at] + draw(st.binary(max_size=6)) + data[at:]
    if spoil == 15:
        return data[:at] + data[:at] + data[at:]
    return data
