"""The training loop: what it tells, what it leaves on disk, how it goes on, and what it refuses."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core import inference
from core.config import PRESETS, TrainConfig
from core.errors import BadInput, Interrupted
from core.training import checkpoint, loop
from core.training.loop import Epoch, News, Note, Step, TrainingData

TINY = replace(PRESETS["scratch"], side_px=32, width=8, epochs=3, batch=16, ema=0.9, threads=1, seed=5)
PINNED = 0.3572
REPORT = replace(PRESETS["report-2020"], side_px=32, epochs=1, threads=1)


def scenes(images: int = 80, labels: int = 3, side: int = 32) -> TrainingData:
    """Label k is a bright spot in its own place; the last fifth is for validation."""
    rng = np.random.default_rng(0)
    states = (rng.random((images, labels)) < 0.4).astype(np.int8)
    pixels = rng.integers(0, 90, (images, side, side, 3), dtype=np.uint8)
    for k in range(min(labels, 9)):
        top, left = 10 * (k // 3) + 2, 10 * (k % 3) + 2
        pixels[states[:, k] == 1, top : top + 8, left : left + 8, k % 3] = 240
    cut = images * 4 // 5
    names = tuple(f"label {k}" for k in range(labels))
    return TrainingData(pixels, states, names, np.arange(cut), np.arange(cut, images))


def epochs_of(news: list[News]) -> list[Epoch]:
    return [item for item in news if isinstance(item, Epoch)]


def weights_in(folder: Path) -> dict[str, torch.Tensor]:
    found = checkpoint.read(folder)
    assert found is not None
    return dict(found.learner["network"])


def test_a_run_tells_steps_and_epochs_in_order(tmp_path: Path) -> None:
    news = list(loop.train(TINY, scenes(), tmp_path))
    assert isinstance(news[0], Note)
    steps = [item for item in news if isinstance(item, Step)]
    assert (steps[0].epoch, steps[0].step, steps[0].steps) == (1, 1, 4)
    assert all(s.images_per_s > 0 and s.left_s >= 0 and np.isfinite(s.loss) for s in steps)
    assert [e.epoch for e in epochs_of(news)] == [1, 2, 3]
    last = epochs_of(news)[-1]
    assert {"loss", "micro_f1", "mean_ap", "per_label"} <= set(last.train) & set(last.validation)
    assert last is news[-1]


def test_a_batch_of_more_pictures_than_there_are_is_told(tmp_path: Path) -> None:
    news = loop.train(replace(TINY, batch=1024), scenes(), tmp_path)
    told = [item.text for item in itertools.takewhile(lambda item: isinstance(item, Note), news)]
    assert "One step an epoch: the batch of 1024 takes all 64 pictures." in told


def test_a_network_learns_what_can_be_learned(tmp_path: Path) -> None:
    easy = replace(TINY, epochs=12, crop=1.0, flip=False, erase=0.0)
    *_, last = loop.train(easy, scenes(200), tmp_path)
    assert isinstance(last, Epoch)
    assert last.validation["micro_f1"] > 0.9


def test_the_same_seed_gives_the_pinned_loss(tmp_path: Path) -> None:
    """Guards refactors: a change of this figure is a change of what is learned."""
    first = epochs_of(list(loop.train(TINY, scenes(), tmp_path / "a")))[-1]
    second = epochs_of(list(loop.train(TINY, scenes(), tmp_path / "b")))[-1]
    assert first.train == second.train
    assert first.validation == second.validation
    assert first.train["loss"] == pytest.approx(PINNED, rel=2e-2)  # processors round differently


def test_a_stopped_run_goes_on_as_if_it_had_not(tmp_path: Path) -> None:
    data = scenes()
    whole = epochs_of(list(loop.train(TINY, data, tmp_path / "whole")))
    news = loop.train(TINY, data, tmp_path / "parts")
    for item in news:
        if isinstance(item, Step) and item.epoch == 2:
            break
    news.close()
    rest = epochs_of(list(loop.train(TINY, data, tmp_path / "parts")))
    assert [e.epoch for e in rest] == [1, 2, 3]  # the saved epoch is told once more
    assert rest[-1].validation == whole[-1].validation
    assert rest[-1].train == whole[-1].train
    for name, tensor in weights_in(tmp_path / "whole").items():
        assert torch.equal(tensor, weights_in(tmp_path / "parts")[name]), name
    one, other = (np.load(tmp_path / part / "aum.npy") for part in ("whole", "parts"))
    assert np.array_equal(one, other, equal_nan=True)


def test_a_finished_run_only_tells_its_last_epoch(tmp_path: Path) -> None:
    list(loop.train(TINY, scenes(), tmp_path))
    again = list(loop.train(TINY, scenes(), tmp_path))
    assert [e.epoch for e in epochs_of(again)] == [3]
    assert not [item for item in again if isinstance(item, Step)]


@pytest.mark.parametrize("damage", ["cut short", "empty", "scrambled", "another run"])
def test_a_damaged_checkpoint_is_named_and_the_run_starts_over(tmp_path: Path, damage: str) -> None:
    list(loop.train(replace(TINY, epochs=1), scenes(), tmp_path))
    path = tmp_path / checkpoint.NAME
    content = path.read_bytes()
    if damage == "another run":
        torch.save({"weights": torch.zeros(3)}, path)
    else:
        scrambled = bytes(255 - b for b in content)
        path.write_bytes(
            {"cut short": content[: len(content) // 2], "empty": b"", "scrambled": scrambled}[damage]
        )
    news = list(loop.train(TINY, scenes(), tmp_path))
    assert any("starts over" in item.text for item in news if isinstance(item, Note))
    assert [e.epoch for e in epochs_of(news)] == [1, 2, 3]


def test_a_checkpoint_of_other_settings_is_not_continued(tmp_path: Path) -> None:
    list(loop.train(TINY, scenes(), tmp_path))
    news = list(loop.train(replace(TINY, learning_rate=1e-3), scenes(), tmp_path))
    assert [e.epoch for e in epochs_of(news)] == [1, 2, 3]


def test_aum_is_known_for_known_training_cells_only(tmp_path: Path) -> None:
    data = scenes()
    states = data.states.copy()
    states[3, 1] = -1
    list(loop.train(TINY, replace(data, states=states), tmp_path))
    aum = np.load(tmp_path / "aum.npy")
    assert aum.dtype == np.float32
    expected = np.zeros(states.shape, dtype=bool)
    expected[data.train_rows] = True
    expected[3, 1] = False
    assert np.array_equal(np.isfinite(aum), expected)


def test_a_flipped_label_has_a_low_margin(tmp_path: Path) -> None:
    data = scenes(240)
    states = data.states.copy()
    flipped = np.arange(0, 190, 12)
    states[flipped, 0] = 1 - states[flipped, 0]
    easy = replace(TINY, epochs=8, crop=1.0, flip=False, erase=0.0)
    list(loop.train(easy, replace(data, states=states), tmp_path))
    aum = np.load(tmp_path / "aum.npy")[data.train_rows, 0]
    assert aum[flipped].max() < np.median(np.delete(aum, flipped))


def test_the_most_wrong_cells_are_validation_cells_that_are_known() -> None:
    scores = np.array([[0.9, 0.1], [0.2, 0.95]], dtype=np.float32)
    states = np.array([[1, 1], [-1, 0]], dtype=np.int8)
    found = loop.most_wrong(scores, states, np.array([7, 9]))
    assert [(row, label, state) for row, label, _, state in found] == [(9, 1, 0), (7, 1, 1), (7, 0, 1)]
    assert found[0][2] == pytest.approx(0.95)


def test_diverging_says_so(tmp_path: Path) -> None:
    wild = replace(
        TINY, optimiser="sgd", learning_rate=10.0, schedule="constant", weight_decay=1.0, epochs=40
    )
    wild = replace(wild, network="report-2020", ema=None)
    with pytest.raises(Interrupted, match=r"learning rate below 10"):
        list(loop.train(wild, scenes(), tmp_path))


def test_no_validation_is_refused(tmp_path: Path) -> None:
    data = replace(scenes(), validation_rows=np.arange(0))
    with pytest.raises(BadInput, match="validation part has no image"):
        list(loop.train(TINY, data, tmp_path))


@pytest.mark.parametrize("labels", [1, 200])
@pytest.mark.parametrize("config", [replace(TINY, epochs=1), REPORT], ids=["scratch", "report-2020"])
def test_any_number_of_labels(tmp_path: Path, labels: int, config: TrainConfig) -> None:
    *_, last = loop.train(config, scenes(24, labels), tmp_path)
    assert isinstance(last, Epoch)
    assert np.isfinite(last.validation["loss"])


@pytest.mark.parametrize("config", [replace(TINY, epochs=1), REPORT], ids=["scratch", "report-2020"])
def test_labels_without_a_positive_or_without_any_state(tmp_path: Path, config: TrainConfig) -> None:
    data = scenes(40)
    states = data.states.copy()
    states[data.train_rows, 0] = 0
    states[:, 1] = -1
    *notes, last = loop.train(config, replace(data, states=states), tmp_path)
    assert any("label 0, label 1" in item.text for item in notes if isinstance(item, Note))
    assert isinstance(last, Epoch)
    assert np.isfinite(last.train["loss"])
    assert last.validation["per_label"]["ap"][1] is None


def test_fewer_images_than_a_batch(tmp_path: Path) -> None:
    data = replace(scenes(), train_rows=np.arange(3))
    *_, last = loop.train(replace(TINY, epochs=1, batch=64), data, tmp_path)
    assert isinstance(last, Epoch)


def test_the_second_stage_continues_its_parent(tmp_path: Path) -> None:
    data = scenes()
    parent, child = tmp_path / "parent", tmp_path / "child"
    first = epochs_of(list(loop.train(replace(REPORT, epochs=4), data, parent)))[-1]
    inference.finish(replace(REPORT, epochs=4), data.pixels, data.labels, parent)
    second = replace(PRESETS["report-2020-rebalanced"], side_px=32, epochs=1, threads=1, learning_rate=1e-7)
    *_, last = loop.train(second, data, child, start_from=parent)
    assert isinstance(last, Epoch)
    assert last.validation["mean_ap"] == pytest.approx(first.validation["mean_ap"], abs=1e-3)


def test_a_second_stage_without_a_first_is_refused(tmp_path: Path) -> None:
    second = replace(PRESETS["report-2020-rebalanced"], side_px=32)
    with pytest.raises(BadInput, match="name a report-2020 run"):
        list(loop.train(second, scenes(), tmp_path))


def test_a_parent_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    data = scenes(20)
    list(loop.train(REPORT, data, tmp_path / "parent"))
    inference.finish(REPORT, data.pixels, data.labels, tmp_path / "parent")
    with pytest.raises(BadInput, match="set side_px=32"):
        list(loop.train(replace(REPORT, side_px=48), data, tmp_path / "a", start_from=tmp_path / "parent"))
    renamed = replace(data, labels=("x", "y", "z"))
    with pytest.raises(BadInput, match="must be the same"):
        list(loop.train(REPORT, renamed, tmp_path / "b", start_from=tmp_path / "parent"))


def test_a_full_disk_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(Interrupted, match="free disk space"):
        list(loop.train(replace(TINY, epochs=1), scenes(20), tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_stopped_run_with_label_aware_sampling_goes_on_as_if_it_had_not(tmp_path: Path) -> None:
    data = scenes()
    states = data.states.copy()
    states[3:, 2] = 0
    data = replace(data, states=states)
    config = replace(TINY, sampling=0.2)
    whole = list(loop.train(config, data, tmp_path / "whole"))
    news = loop.train(config, data, tmp_path / "parts")
    for item in news:
        if isinstance(item, Step) and item.epoch == 2:
            break
    news.close()
    rest = epochs_of(list(loop.train(config, data, tmp_path / "parts")))
    assert rest[-1].train == epochs_of(whole)[-1].train
    assert rest[-1].validation == epochs_of(whole)[-1].validation
    said = next(item.text for item in whole if isinstance(item, Note) and "pictures" in item.text)
    assert int(said.split()[0]) > 64
    aum = [np.load(tmp_path / part / "aum.npy") for part in ("whole", "parts")]
    assert np.array_equal(*aum, equal_nan=True)


def test_a_checkpoint_from_before_a_setting_existed_is_continued(tmp_path: Path) -> None:
    news = loop.train(TINY, scenes(), tmp_path)
    assert any(isinstance(item, Epoch) for item in news)  # stops after the first
    news.close()
    found = checkpoint.read(tmp_path)
    assert found is not None
    config = {k: v for k, v in found.about["config"].items() if k != "sampling"}
    checkpoint.write(tmp_path, replace(found, about=found.about | {"config": config}))
    told = [item.text for item in loop.train(TINY, scenes(), tmp_path) if isinstance(item, Note)]
    assert "Continued after epoch 1 of 3." in told
