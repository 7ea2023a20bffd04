"""The same small drawn pictures with the same labels, as an archive of every format that can be imported."""

import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

LABELS = ("cat", "dog", "sea")
PRESENT: dict[str, tuple[str, ...]] = {
    f"{at:06}": tuple(name for bit, name in enumerate(LABELS) if (at % 7 + 1) >> bit & 1)
    for at in range(1, 15)
}
Files = dict[str, str]


def pictures(root: Path) -> None:
    """One drawn picture for each stem: a square for each label, in its own place and colour."""
    root.mkdir(parents=True)
    for at, (stem, names) in enumerate(PRESENT.items()):
        pixels = np.full((48, 64, 3), 40 + 8 * at, np.uint8)
        for place, label in enumerate(LABELS):
            if label in names:
                pixels[8:40, 4 + 20 * place : 20 + 20 * place, place] = 250 - at
        Image.fromarray(pixels).save(root / f"{stem}.jpg", quality=95)


def lines(head: str, rows: list[str]) -> str:
    return "\n".join([head, *rows, ""])


def _csv() -> Files:
    return {"labels.csv": lines("image,labels", [f"{s}.jpg,{'|'.join(n)}" for s, n in PRESENT.items()])}


def _onehot() -> Files:
    rows = [f"{s}.jpg,{','.join(str(int(one in n)) for one in LABELS)}" for s, n in PRESENT.items()]
    return {"_classes.csv": lines(f"filename, {', '.join(LABELS)}", rows)}


def _long() -> Files:
    rows = [f"{s}.jpg,{one}" for s, n in PRESENT.items() for one in n]
    return {"labels.csv": lines("file_path,class_name", rows)}


def _open_images() -> Files:
    rows = [f"{s},verification,{one},{int(one in n)}" for s, n in PRESENT.items() for one in LABELS]
    return {"labels.csv": lines("ImageID,Source,LabelName,Confidence", rows)}


def _label_files() -> Files:
    return {
        f"annotations/{one}.txt": lines(str(int(first[0])), [str(int(s)) for s in first[1:]])
        for one in LABELS
        for first in [[s for s, n in PRESENT.items() if one in n]]
    }


def _voc() -> Files:
    said = {one: [f"{s} {1 if one in n else -1:2}" for s, n in PRESENT.items()] for one in LABELS}
    return {f"ImageSets/Main/{one}_trainval.txt": "\n".join(rows) + "\n" for one, rows in said.items()}


def _coco() -> Files:
    stems = list(PRESENT)
    document = {
        "images": [{"id": at, "file_name": f"{stem}.jpg"} for at, stem in enumerate(stems)],
        "categories": [{"id": at, "name": one} for at, one in enumerate(LABELS)],
        "annotations": [
            {"id": 10 * at + LABELS.index(one), "image_id": at, "category_id": LABELS.index(one)}
            for at, stem in enumerate(stems)
            for one in PRESENT[stem]
        ],
    }
    return {"annotations.json": json.dumps(document)}


def _label_studio() -> Files:
    def result(names: tuple[str, ...]) -> dict[str, object]:
        return {"from_name": "c", "to_name": "i", "type": "choices", "value": {"choices": list(names)}}

    tasks = [
        {"data": {"image": f"/data/{stem}.jpg"}, "annotations": [{"result": [result(names)]}]}
        for stem, names in PRESENT.items()
    ]
    return {"export.json": json.dumps(tasks)}


def _imagefolder() -> Files:
    rows = [json.dumps({"file_name": f"{stem}.jpg", "labels": names}) for stem, names in PRESENT.items()]
    return {"metadata.jsonl": "\n".join(rows) + "\n"}


def _fiftyone() -> Files:
    said = {stem: [LABELS.index(one) for one in names] for stem, names in PRESENT.items()}
    return {"labels.json": json.dumps({"classes": LABELS, "labels": said})}


def _cvat() -> Files:
    images = [
        f'<image id="{at}" name="{stem}.jpg">{"".join(f"<tag label={one!r}/>" for one in names)}</image>'
        for at, (stem, names) in enumerate(PRESENT.items())
    ]
    return {"annotations.xml": f"<annotations>{''.join(images)}</annotations>".replace("'", '"')}


def _imagenet() -> Files:
    rows = [f"{s}.jpg {' '.join(str(LABELS.index(one)) for one in n)}" for s, n in PRESENT.items()]
    return {"synsets.txt": "\n".join(LABELS) + "\n", "all.txt": "\n".join(rows) + "\n"}


# By format: the folder of the pictures, and the files beside them.
FORMATS: dict[str, tuple[str, Callable[[], Files]]] = {
    "label-files": ("images", _label_files),
    "csv": (".", _csv),
    "csv-onehot": (".", _onehot),
    "csv-long": (".", _long),
    "open-images": (".", _open_images),
    "voc": ("JPEGImages", _voc),
    "coco": (".", _coco),
    "label-studio": (".", _label_studio),
    "imagefolder": (".", _imagefolder),
    "fiftyone": ("data", _fiftyone),
    "cvat": (".", _cvat),
    "imagenet-txt": (".", _imagenet),
    "images": (".", dict),
}


def folder(root: Path, format: str) -> Path:
    """The pictures with their labels in one format."""
    if format == "folders":
        pictures(root / "all")
        for stem, names in PRESENT.items():
            for one in names:
                (root / one).mkdir(exist_ok=True)
                (root / one / f"{stem}.jpg").write_bytes((root / "all" / f"{stem}.jpg").read_bytes())
        for path in (root / "all").iterdir():
            path.unlink()
        (root / "all").rmdir()
        return root
    place, write = FORMATS[format]
    pictures(root / place) if place != "." else pictures(root)
    for name, content in write().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def packed(root: Path, to: Path) -> Path:
    """A folder as an archive, of the kind that the name of `to` says."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    if to.suffix == ".zip":
        with zipfile.ZipFile(to, "w") as archive:
            for path in files:
                archive.write(path, f"photos/{path.relative_to(root)}")
    else:
        with tarfile.open(to, "w:gz") as archive:
            for path in files:
                archive.add(path, f"photos/{path.relative_to(root)}")
    return to
