"""How well are the causes told apart? Worlds with known causes, every figure beside its baseline.

python -m bench.causes                     five plants, three seeds each (about two minutes on one core)
python -m bench.causes --seeds 5 --plants flips null
python -m bench.causes --flips HOME --run 1 flips planted in the validation labels of any run
python -m bench.causes --demo HOME --run 1 the plants of the demo set in a run of it
python -m bench.causes --demo-seeds 17 23  demo sets drawn and trained for this with these seeds
"""

import argparse
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from bench import causes_demo, worlds
from core.analysis import Analysis, Inputs, analyse, space
from db.terms import Cause, ErrorKind

CAUSES = ("mislabel", "sparsity", "wrong pattern", "other")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--first", type=int, default=20, help="first seed; 0 to 3 and 10 to 12 were seen before"
    )
    parser.add_argument("--plants", nargs="*", default=list(worlds.PLANTS), choices=list(worlds.PLANTS))
    parser.add_argument(
        "--flips", type=Path, default=None, help="home of Errata with a run to plant flips in"
    )
    parser.add_argument("--demo", type=Path, default=None, help="home of Errata with the demo set")
    parser.add_argument(
        "--demo-seeds", type=int, nargs="+", default=[], help="seeds of demo sets to draw, train and analyse"
    )
    parser.add_argument("--run", type=int, default=1, help="number of the run (--demo, --flips)")
    parser.add_argument("--sentences", type=int, default=0, help="so many sentences are shown (--demo)")
    parser.add_argument(
        "--missing", type=float, default=0.10, help="share of present labels to flip (--flips)"
    )
    parser.add_argument(
        "--spurious", type=float, default=0.01, help="share of absent labels to flip (--flips)"
    )
    asked = parser.parse_args()
    if asked.flips is not None:
        _flips(asked.flips, asked.run, asked.seeds, asked.missing, asked.spurious)
        return
    if asked.demo is not None:
        _demo(asked.demo, asked.run, asked.sentences)
        return
    for seed in asked.demo_seeds:
        with causes_demo.drawn(seed) as home:
            _demo(home, 1, asked.sentences)
    if asked.demo_seeds:
        return
    for name in asked.plants:
        _world(name, range(asked.first, asked.first + asked.seeds))


def _world(name: str, seeds: range) -> None:
    table: Counter[tuple[str, str]] = Counter()
    ranks: list[tuple[str, dict[str, tuple[float, float]]]] = []
    named, seconds, expected = 0, [], np.zeros(2)
    for seed in seeds:
        world = worlds.make(worlds.PLANTS[name], seed)
        start = time.perf_counter()
        said = analyse(world.inputs)
        seconds.append(time.perf_counter() - start)
        truth = [str(world.cause[finding.row, finding.label]) for finding in said.findings]
        table.update(zip(truth, (str(finding.cause) for finding in said.findings), strict=True))
        ranks += _ranks(world.inputs, said, np.array([cause == "mislabel" for cause in truth]))
        expected += sum(f.p_mislabel for f in said.findings), truth.count("mislabel")
        best = said.shortcuts[0] if said.shortcuts else None
        named += best is not None and best.label == worlds.SHORTCUT and "upper half bright" in best.name
    print(f"\n{name}: {len(seeds)} seeds, {sum(table.values())} errors, {np.mean(seconds):.1f} s an analysis")
    _confusion(table)
    _averages(ranks)
    print(f"  mislabels expected by the sum of p_mislabel: {expected[0]:.0f}, planted: {expected[1]:.0f}")
    if worlds.PLANTS[name].shortcut:
        print(f"  first shortcut named is the planted one: {named} of {len(seeds)}")


def _demo(home: Path, number: int, shown: int) -> None:
    """Measure a run of the demo set as it is, then with every planted flip of validation taken back."""
    inputs, cause = causes_demo.load(home, number)
    start = time.perf_counter()
    said = analyse(inputs)
    truth = causes_demo.truth(said, cause)
    print(f"{home.name}, run {number}: {len(truth)} errors, {time.perf_counter() - start:.1f} s an analysis")
    _confusion(Counter(zip(truth, (str(found.cause) for found in said.findings), strict=True)))
    _averages(_ranks(inputs, said, np.array([one == "mislabel" for one in truth])))
    expected = sum(found.p_mislabel for found in said.findings)
    print(
        f"  mislabels expected by the sum of p_mislabel: {expected:.0f}, planted: {truth.count('mislabel')}"
    )
    causes_demo.report(inputs, said, cause, sentences=shown)
    clean = analyse(causes_demo.corrected(inputs, cause))
    wrong = sum(found.cause is Cause.MISLABEL for found in clean.findings)
    print(f"  the flips taken back: {len(clean.findings)} errors, {wrong} still called a mislabel")


def _confusion(table: Counter[tuple[str, str]]) -> None:
    columns = [str(cause) for cause in Cause]
    print("  true \\ said   " + "".join(f"{column:>15s}" for column in columns))
    for truth in CAUSES:
        row = [table[truth, column] for column in columns]
        if sum(row):
            print(f"  {truth:13s} " + "".join(f"{value:15d}" for value in row))
    decided = sum(count for (_, said), count in table.items() if said != "unknown")
    right = sum(count for (truth, said), count in table.items() if said == truth)
    known = sum(count for (truth, _), count in table.items() if truth != "other")
    if decided:
        print(f"  precision of decided {right / decided:.2f} ({right} of {decided})", end="; ")
    share = decided / max(1, sum(table.values()))
    print(f"given a cause {share:.1%} of errors; found {right} of {known} errors with a planted cause")


def _ranks(
    inputs: Inputs, said: Analysis, planted: np.ndarray
) -> list[tuple[str, dict[str, tuple[float, float]]]]:
    """Give E-AUROC and E-AP of p_mislabel, self-confidence and the kNN vote, per kind."""
    found = said.findings
    confidence = np.array([f.probability if f.kind is ErrorKind.FP else 1 - f.probability for f in found])
    vote = _knn(inputs, said)
    chance = np.array([f.p_mislabel for f in found])
    fp = np.array([f.kind is ErrorKind.FP for f in found], dtype=bool)
    rows = []
    for kind, mine in (("all", np.ones(len(fp), dtype=bool)), ("FP", fp), ("FN", ~fp)):
        y = planted[mine]
        if 0 < y.sum() < len(y):
            signals = (("p_mislabel", chance), ("self-confidence", confidence), ("kNN vote", vote))
            scores = {n: (roc_auc_score(y, v[mine]), average_precision_score(y, v[mine])) for n, v in signals}
            rows.append((kind, scores))
    return rows


def _knn(inputs: Inputs, said: Analysis, neighbours: int = 15) -> np.ndarray:
    """Vote of the nearest training images in the embedding against the annotation."""
    scene = space.build(inputs)
    rows = np.array([f.row for f in said.findings], dtype=np.int64)
    labels = np.array([f.label for f in said.findings], dtype=np.int64)
    near, _ = space.nearest(scene.directions, rows, scene.train, neighbours)
    share = (inputs.states[near, labels[:, None]] == 1).mean(axis=1)
    return np.where(inputs.states[rows, labels] == 1, 1 - share, share)


def _averages(ranks: list[tuple[str, dict[str, tuple[float, float]]]]) -> None:
    for kind in ("all", "FP", "FN"):
        rows = [scores for name, scores in ranks if name == kind]
        if rows:
            means = {signal: np.mean([row[signal] for row in rows], axis=0) for signal in rows[0]}
            text = ", ".join(f"{signal} {auc:.3f} / {ap:.3f}" for signal, (auc, ap) in means.items())
            print(f"  mislabel among errors, {kind:3s} E-AUROC / E-AP: {text}")


def _flips(home: Path, number: int, seeds: int, missing: float, spurious: float) -> None:
    """Flip validation labels of a real run; natural mislabels count as not planted: lower bounds."""
    given = causes_demo.arrays(home, number)[0]
    ranks: list[tuple[str, dict[str, tuple[float, float]]]] = []
    table: Counter[tuple[str, str]] = Counter()
    before = Counter(str(f.cause) for f in analyse(given).findings)
    print(f"{home.name}, run {number}, as it is: {dict(before)}")
    for seed in range(seeds):
        rng = np.random.default_rng((seed, 99))
        chance = np.where(given.states == 1, missing, spurious)
        flip = (rng.random(chance.shape) < chance) & (given.states >= 0) & (given.part == 1)[:, None]
        said = analyse(replace(given, states=np.where(flip, 1 - given.states, given.states), seed=seed))
        planted = np.array([flip[f.row, f.label] for f in said.findings])
        table.update(
            (("mislabel" if p else "other"), str(f.cause))
            for p, f in zip(planted, said.findings, strict=True)
        )
        ranks += _ranks(replace(given, states=np.where(flip, 1 - given.states, given.states)), said, planted)
    print(f"{missing:.0%} of present and {spurious:.1%} of absent labels flipped, {seeds} seeds")
    _confusion(table)
    _averages(ranks)


if __name__ == "__main__":
    main()
