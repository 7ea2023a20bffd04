"""Two archives with trouble of every kind planted in them: a zip with a CSV file, and a tar.gz in COCO's format."""

import io
import json
import tarfile
import zipfile
from functools import cache
from pathlib import Path

from PIL import Image, ImageFilter

from tests.core.data.trouble import drawn

SIDE_PX = 96
SOUND = 40  # images of the first archive with nothing wrong
NEW = 6  # images that only the second archive has
FIRST = 63  # images of the first archive that can be read
CHANGED = "sound-03.png"  # in both archives; the second one says that it has sea
VERIFIED = "sound-05.png"  # in both archives; the second one says that it has a boat and no sea
BROKEN = "broken.jpg"


def picture(seed: int, side_px: int = SIDE_PX) -> Image.Image:
    """A sharp, colourful picture; every seed another."""
    return drawn.picture(seed, 2 * side_px).resize((side_px, side_px), Image.Resampling.LANCZOS)


def first(path: Path) -> Path:
    """A zip of images and labels.csv, with a split column; one image cannot be read, one is not there."""
    images = {name: image for name, (image, _, _) in _planted().items()}
    lines = ["filename,labels,split"]
    lines += [f"{name},{' '.join(labels)},{part}" for name, (_, labels, part) in _planted().items()]
    lines += [f"{BROKEN},sea_view,train", "nowhere.png,sea_view,train", ""]
    with zipfile.ZipFile(path / "first.zip", "w") as archive:
        for name, image in images.items():
            archive.writestr(name, _bytes(name, image))
        archive.writestr(BROKEN, b"\xff\xd8\xff\xe0 no picture follows")
        archive.writestr("labels.csv", "\n".join(lines))
    return path / "first.zip"


def second(path: Path) -> Path:
    """A tar.gz in COCO's format: two images of the first archive with other labels, and some that are new."""
    known = _planted()
    images = {name: (known[name][0], labels) for name, labels in _SECOND.items()}
    images |= {f"new-{at}.png": (picture(500 + at), ("sea", "boat")) for at in range(NEW)}
    names = ["sea", "sky", "boat"]
    content = {
        "categories": [{"id": at, "name": name} for at, name in enumerate(names, 1)],
        "images": [{"id": at, "file_name": name} for at, name in enumerate(images)],
        "annotations": [
            {"image_id": at, "category_id": 1 + names.index(label)}
            for at, (_, labels) in enumerate(images.values())
            for label in labels
        ],
    }
    files = {name: _bytes(name, image) for name, (image, _) in images.items()}
    files["annotations.json"] = json.dumps(content).encode()
    with tarfile.open(path / "second.tar.gz", "w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path / "second.tar.gz"


_SECOND = {CHANGED: ("sea", "sky"), VERIFIED: ("boat",)}


@cache
def _planted() -> dict[str, tuple[Image.Image, tuple[str, ...], str]]:
    """(image, labels, part) by name."""
    found = {}
    for at in range(SOUND):
        labels = (("sea_view", "boat"), ("sea_view",), ("sky",), ("sky", "junk"))[at % 4]
        found[f"sound-{at:02}.png"] = (picture(at), labels, "val" if at % 5 == 0 else "train")
    one, two, three, four = (picture(100 + at) for at in range(4))
    sea = ("sea_view",)
    # Three of the same picture, of which one lacks its label.
    found |= {f"conflict-{at}.png": (one, ("sky",) if at == 2 else ("sky", *sea), "train") for at in range(3)}
    found |= {f"copy-{at}.png": (two, sea, "train") for at in range(3)}
    found |= {"alike-large.png": (three, sea, "train")}
    found |= {"alike-small.png": (three.resize((64, 64), Image.Resampling.LANCZOS), sea, "train")}
    found |= {"leak-train.png": (four, ("sky",), "train")}
    found |= {"leak-val.png": (four.crop((3, 3, 93, 93)), ("sky",), "val")}
    odd = {
        "dark-0.png": picture(200).point(lambda value: value // 5),
        "dark-1.png": picture(201).point(lambda value: value // 5),
        "dark-2.png": picture(202).point(lambda value: value // 5),
        "bright.png": picture(203).point(lambda value: 240 + value // 17),
        "blurry.png": picture(204, 256).filter(ImageFilter.GaussianBlur(6)),
        "grey.png": picture(205).convert("L"),
        "blank-0.png": Image.new("RGB", (SIDE_PX, SIDE_PX), (90, 140, 60)),
        "blank-1.png": Image.new("RGB", (SIDE_PX, SIDE_PX), (30, 60, 170)),
        "tiny.png": picture(206).resize((32, 32), Image.Resampling.LANCZOS),
        "squashed.png": picture(207, 256).resize((256, 64), Image.Resampling.LANCZOS),
    }
    found |= {name: (image, ("sky",), "train") for name, image in odd.items()}
    # A boat without its sea; a label that two images carry.
    found |= {"boat.png": (picture(300), ("boat",), "train")}
    found |= {f"rare-{at}.png": (picture(301 + at), ("sky", "rare"), "train") for at in range(2)}
    return found


def _bytes(name: str, image: Image.Image) -> bytes:
    kept = io.BytesIO()
    image.save(kept, format="JPEG" if name.endswith(".jpg") else "PNG")
    return kept.getvalue()
