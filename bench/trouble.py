"""Trouble in the data: quality measures beside CleanVision, near-duplicates, planted alterations, memory; in one run.

    python -m bench.trouble [FOLDER] [--peer 1000] [--planted 200] [--many 0]    FOLDER: default ERRATA_TEST_PHOTOS

The photographs are imported into a folder of their own first. Then, on the same photographs:
- images a second of the quality measures, from the pixel cache, and of the whole pass that also makes descriptors,
  beside CleanVision's seven issue types on --peer files, all per processor second of one core, which the load of the
  machine changes least; CleanVision decodes files, so it is measured on enlarged ones besides;
- blur planted in --planted photographs: the share that either recognises;
- seconds of the search for duplicates and of the map, and the memory of the process that is not mapped from files;
- --planted photographs altered in each way: recall (the copy stands in one group with its original), and precision
  of all pairs that were found beyond those of the photographs as they are. These are listed: look at them.
- --many N: the search among N images, made of altered descriptors: its seconds, and the exact copies it recovers.
Figures beside each other in a line come from the same minute of the same machine.
"""

import argparse
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from core import processes
from core.data import build, images, importers
from core.data.pixels import open_pixels
from core.data.statistics import open_statistics
from core.data.trouble import candidates, descriptor, duplicates, layout, quality
from core.data.trouble.duplicates import Duplicates
from core.data.trouble.quality import KINDS, THRESHOLDS, Odd, Quality

_CHUNK = 64
_MEASURED_BEFORE = 67  # images a second of CleanVision 0.3.7 on two cores, on photographs of a camera's size
Picture = Image.Image


@dataclass(frozen=True)
class Photograph:
    """One file of the folder; the row of the pixel cache is its place in the list."""

    key: str
    sha256: str
    width: int
    height: int


def _imported(root: Path, folder: Path) -> list[Photograph]:
    parsed = importers.parse(root)
    facts = build.build(parsed, folder).facts
    digests = [digest.tobytes().hex() for digest in facts.sha256]
    keys = [parsed.images[at].key for at in facts.at.tolist()]
    return [
        Photograph(*one)
        for one in zip(keys, digests, facts.width.tolist(), facts.height.tolist(), strict=True)
    ]


def _jpeg(image: Picture, quality: int) -> Picture:
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def _cropped(image: Picture, keep: float, rng: np.random.Generator) -> Picture:
    width, height = round(image.width * keep), round(image.height * keep)
    x, y = (int(rng.integers(0, rest + 1)) for rest in (image.width - width, image.height - height))
    return image.crop((x, y, x + width, y + height))


def _marked(image: Picture, rng: np.random.Generator) -> Picture:
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    place = (image.width * 0.08, image.height * rng.uniform(0.2, 0.6))
    ImageDraw.Draw(layer).text(place, "SAMPLE PHOTO", fill=(255, 255, 255, 150), font_size=image.width // 9)
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


ALTERATIONS: dict[str, Callable[[Picture, np.random.Generator], Picture]] = {
    "resized to 40 %": lambda image, _: image.resize((image.width * 2 // 5, image.height * 2 // 5)),
    "JPEG quality 30": lambda image, _: _jpeg(image, 30),
    "95 % of each side": lambda image, rng: _cropped(image, 0.95, rng),
    "90 % of each side": lambda image, rng: _cropped(image, 0.9, rng),
    "80 % of each side": lambda image, rng: _cropped(image, 0.8, rng),
    "mirrored": lambda image, _: ImageOps.mirror(image),
    "brightness × 1.4": lambda image, _: ImageEnhance.Brightness(image).enhance(1.4),
    "brightness × 0.6": lambda image, _: ImageEnhance.Brightness(image).enhance(0.6),
    "contrast × 1.5": lambda image, _: ImageEnhance.Contrast(image).enhance(1.5),
    "watermark": _marked,
    "without colour": lambda image, _: image.convert("L").convert("RGB"),
    "white frame of 4 %": lambda image, _: ImageOps.expand(image, round(image.width * 0.04), "white"),
    "turned by 2 degrees": lambda image, _: image.rotate(2, Image.Resampling.BICUBIC),
    "blurred by 1.5 %": lambda image, _: image.filter(ImageFilter.GaussianBlur(image.width * 0.015)),
    "mirrored, 92 %, × 1.2": lambda image, rng: ImageOps.mirror(
        _cropped(ImageEnhance.Brightness(image).enhance(1.2), 0.92, rng)
    ),
}


def _pixels(image: Picture) -> np.ndarray:
    file = io.BytesIO()
    image.save(file, "PNG")
    return images.decode(file.getvalue(), images.PIXELS_PX)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and processor seconds, which the load of others hardly changes."""
    start, start_cpu = time.perf_counter(), sum(os.times()[:2])
    work()
    return time.perf_counter() - start, sum(os.times()[:2]) - start_cpu


def _own_mib() -> float:
    """Memory of this process that is not mapped from files."""
    memory = psutil.Process().memory_info()
    return (memory.rss - memory.shared) / 1024**2


def _sides(facts: Sequence[Photograph]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([f.width for f in facts], np.int32), np.array([f.height for f in facts], np.int32)


def _measure(pixels: np.ndarray, width: np.ndarray, height: np.ndarray) -> np.ndarray:
    parts = [slice(start, start + _CHUNK) for start in range(0, len(pixels), _CHUNK)]
    return np.concatenate([quality.measure(pixels[at], width[at], height[at]) for at in parts])


def _described(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients, digests and cells of colour."""
    parts = []
    for start in range(0, len(pixels), _CHUNK):
        some = np.asarray(pixels[start : start + _CHUNK])
        colour = descriptor.colour_cells(some)
        parts.append(
            (descriptor.describe(descriptor.luma(colour)), duplicates.digests(some), layout.cells(colour))
        )
    coefficients, digests, cells = zip(*parts, strict=True)
    return np.concatenate(coefficients), np.concatenate(digests), np.concatenate(cells)


def _peer(paths: Sequence[Path]) -> tuple[float, dict[str, float]]:
    """Processor seconds of CleanVision's seven measures in this process, and the share flagged of each kind."""
    from cleanvision import Imagelab

    kinds = ("dark", "light", "blurry", "low_information", "grayscale", "odd_aspect_ratio", "odd_size")
    lab = Imagelab(filepaths=[str(path) for path in paths])
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        _, seconds = _timed(lambda: lab.find_issues({kind: {} for kind in kinds}, n_jobs=1, verbose=False))
    return seconds, {kind: float(lab.issues[f"is_{kind}_issue"].mean()) for kind in kinds}


def _quality(root: Path, facts: Sequence[Photograph], pixels: np.ndarray, peer: int) -> None:
    width, height = _sides(facts)
    _measure(pixels[:1000], width[:1000], height[:1000])
    measured: list[np.ndarray] = []
    own_s, own_cpu_s = _timed(lambda: measured.append(_measure(pixels, width, height)))
    _, pass_cpu_s = _timed(lambda: _described(pixels))
    own = len(facts) / own_cpu_s
    print(
        f"quality measures                    {own:8,.0f} images/s of one core, {len(facts) / own_s:,.0f} on the clock"
    )
    print(
        f"with descriptors and digests        {len(facts) / (own_cpu_s + pass_cpu_s):8,.0f} images/s of one core"
    )
    paths = [root / fact.key for fact in facts[:: max(1, len(facts) // peer)]][:peer]
    seconds, flagged = _peer(paths)
    others = len(paths) / seconds
    print(f"CleanVision, files as they are      {others:8,.0f} images/s of one core; ÷ {own / others:.0f}")
    print(
        f"CleanVision, measured before        {_MEASURED_BEFORE:8,.0f} images/s; ÷ {own / _MEASURED_BEFORE:.0f}"
    )
    with tempfile.TemporaryDirectory() as folder:
        # Photographs of this set may be small; it reads whole files, the measures above the pixel cache.
        large = [Path(folder) / f"{at}.jpg" for at in range(len(paths[:200]))]
        for path, target in zip(paths, large, strict=False):
            Image.open(path).convert("RGB").resize((500, 375)).save(target, quality=90)
        others = len(large) / _peer(large)[0]
    print(f"CleanVision, enlarged to 500 × 375  {others:8,.0f} images/s of one core; ÷ {own / others:.0f}")
    found = Quality(measured[0], width, height)
    for at, kind in enumerate(KINDS):
        print(f"  {kind:<17} {found.odd[:, at].sum():6,} flagged of {len(facts):,}")
    print("  CleanVision flags", ", ".join(f"{kind} {share:.1%}" for kind, share in flagged.items()))


def _blur(root: Path, facts: Sequence[Photograph]) -> None:
    """Shares recognised as blurry, by strength in percent of the long side."""
    with tempfile.TemporaryDirectory() as folder:
        for strength in (0.0, 0.4, 0.8, 1.2, 2.0):
            paths, pixels = [], []
            for fact in facts:
                image = Image.open(root / fact.key).convert("RGB")
                soft = image.filter(ImageFilter.GaussianBlur(strength / 100 * max(image.size)))
                paths.append(Path(folder) / f"{strength}-{len(paths)}.png")
                soft.save(paths[-1])
                pixels.append(_pixels(soft))
            sharp = quality.sharpness(np.ascontiguousarray(np.stack(pixels)[..., 1]), *_sides(facts))
            own = float((np.nan_to_num(sharp, nan=1) < THRESHOLDS[Odd.BLURRY]).mean())
            print(
                f"  blurred by {strength:3.1f} %   recognised {own:6.1%}   CleanVision {_peer(paths)[1]['blurry']:6.1%}"
            )


def _search(pixels: np.ndarray, facts: Sequence[Photograph]) -> Duplicates:
    coefficients, digests, _ = _described(pixels)
    found: list[Duplicates] = []
    names = [fact.sha256 for fact in facts]
    seconds, cpu_s = _timed(lambda: found.append(duplicates.find(pixels, coefficients, digests, names)))
    print(
        f"search for duplicates               {seconds:8.1f} s  ({cpu_s:.1f} processor seconds), limit 60 s"
    )
    same = found[0]
    for at in range(len(same.one)):
        one, other = facts[same.one[at]].key, facts[same.other[at]].key
        print(f"  {one} and {other}: {same.sentence(at)}")
    return same


def _map(folder: Path, pixels: np.ndarray) -> None:
    cells, statistics = _described(pixels)[2], open_statistics(folder)
    seconds, cpu_s = _timed(lambda: layout.place(cells, statistics, 0))
    print(
        f"map                                 {seconds:8.1f} s  ({cpu_s:.1f} processor seconds), limit 60 s"
    )


def _planted(
    root: Path, facts: Sequence[Photograph], pixels: np.ndarray, alone: Duplicates, rows: np.ndarray
) -> None:
    """Each alteration of the drawn photographs is planted by itself among all."""
    own, own_digests, _ = _described(pixels)
    names = [fact.sha256 for fact in facts]
    before = set(zip(alone.one.tolist(), alone.other.tolist(), strict=True))
    n = len(pixels)
    right = wrong = 0
    for name, alter in ALTERATIONS.items():
        rng = np.random.default_rng(0)
        opened = [Image.open(root / facts[row].key).convert("RGB") for row in rows]
        planted = np.stack([_pixels(_jpeg(alter(image, rng), 85)) for image in opened])
        both = np.concatenate([pixels, planted])
        coefficients, digests, _ = _described(planted)
        found = duplicates.find(
            both,
            np.concatenate([own, coefficients]),
            np.concatenate([own_digests, digests]),
            [*names, *(f"planted {at}" for at in range(len(rows)))],
        )
        origin = np.concatenate([np.arange(n), rows])
        new = [
            (int(origin[a]), int(origin[b]))
            for a, b in zip(found.one.tolist(), found.other.tolist(), strict=True)
            if (a, b) not in before
        ]
        false = sum(a != b and (min(a, b), max(a, b)) not in before for a, b in new)
        right, wrong = right + len(new) - false, wrong + false
        together = (found.group[rows] == found.group[n:]) & (found.group[n:] != duplicates.NONE)
        print(f"  {name:<22} recall {together.mean():6.1%}   wrong pairs {false}")
    print(
        f"precision of the pairs with planted copies: {right / max(right + wrong, 1):.2%} of {right + wrong:,}"
    )


def _many(pixels: np.ndarray, count: int) -> None:
    """Descriptors of windows of the photographs stand for other pictures; every hundredth is there twice."""
    base = _described(pixels)[0].astype(np.float32)
    rng = np.random.default_rng(0)
    waves = 1 / (1 + np.arange(descriptor.WAVES, dtype=np.float32)) ** 1.5
    coefficients = np.empty((count, descriptor.WAVES, descriptor.WAVES), np.float16)
    for start in range(0, count, 10_000):
        some = base[rng.integers(0, len(base), min(10_000, count - start))]
        coefficients[start : start + 10_000] = some + 20 * rng.normal(size=some.shape) * np.outer(
            waves, waves
        )
    twins = np.arange(0, count - count % 100, 100)
    coefficients[twins + 50] = coefficients[twins] * 1.1
    found: list[candidates.Candidates] = []
    seconds, cpu_s = _timed(lambda: found.append(candidates.find(coefficients, np.arange(count))))
    low = np.minimum(found[0].one, found[0].other)
    recovered = np.isin(twins * count + twins + 50, low * count + np.maximum(found[0].one, found[0].other))
    print(
        f"candidates among {count:,}: {seconds:,.0f} s ({cpu_s:,.0f} processor seconds), {len(low):,} pairs to look "
        f"at, {recovered.mean():.1%} of the copies among them"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", default=os.environ.get("ERRATA_TEST_PHOTOS"))
    parser.add_argument("--peer", type=int, default=1000, help="photographs that CleanVision measures")
    parser.add_argument("--planted", type=int, default=200, help="photographs that are altered")
    parser.add_argument("--many", type=int, default=0, help="descriptors to search among, besides")
    asked = parser.parse_args()
    if not asked.folder:
        parser.error("give a folder, or set ERRATA_TEST_PHOTOS")
    root = Path(asked.folder)
    print(f"load of the machine before          {os.getloadavg()[0]:8.2f}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        facts = _imported(root, Path(folder))
        pixels = open_pixels(Path(folder))
        print(f"photographs                         {len(facts):8,}")
        rows = np.sort(
            np.random.default_rng(1).choice(len(facts), min(asked.planted, len(facts)), replace=False)
        )
        _quality(root, facts, pixels, asked.peer)
        _blur(root, [facts[row] for row in rows])
        same = _search(pixels, facts)
        _map(Path(folder), pixels)
        print(f"memory of this process, not mapped  {_own_mib():8,.0f} MiB")
        _planted(root, facts, pixels, same, rows)
        if asked.many:
            _many(pixels, asked.many)


if __name__ == "__main__":
    # As in the processes that Errata starts; both libraries read this when they are loaded, so begin anew.
    if any(os.environ.get(name) != value for name, value in processes.SHORT_SPINS.items()):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | processes.SHORT_SPINS)
    main()
