"""A finished run's files agree with each other, and the maps of where it looked add up."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core import inference
from core.config import PRESETS, TrainConfig
from core.errors import BadInput
from core.inference import Predictor
from core.training import checkpoint, loop, network
from core.training.loop import Epoch, TrainingData

TINY = replace(PRESETS["scratch"], side_px=32, width=8, epochs=2, batch=16, ema=0.9, threads=1)
REPORT = replace(PRESETS["report-2020"], side_px=32, epochs=1, threads=1)
LABELS = ("cloud", "sea", "tree")


def _data(images: int = 30, side: int = 40) -> TrainingData:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (images, side, side, 3), dtype=np.uint8)
    states = rng.integers(0, 2, (images, 3)).astype(np.int8)
    return TrainingData(pixels, states, LABELS, np.arange(20), np.arange(20, 26))  # 26.. are the test part


@pytest.fixture(scope="module", params=[TINY, REPORT], ids=["scratch", "report-2020"])
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Epoch]:
    folder, data, config = tmp_path_factory.mktemp("run"), _data(), request.param
    *_, last = loop.train(config, data, folder)
    inference.finish(config, data.pixels, data.labels, folder, rows=np.arange(26))
    assert isinstance(last, Epoch)
    return folder, last


def _logits(scores: np.ndarray) -> np.ndarray:
    return np.log(scores / (1 - scores))


def test_the_test_part_is_not_scored_unasked(finished: tuple[Path, Epoch]) -> None:
    scores, embeddings = (np.load(finished[0] / f"{name}.npy") for name in ("scores", "embeddings"))
    assert (scores.dtype, embeddings.dtype) == (np.float32, np.float16)
    assert np.isfinite(scores[:26]).all()
    assert np.isfinite(embeddings[:26]).all()
    assert np.isnan(scores[26:]).all()
    assert np.isnan(embeddings[26:]).all()


def test_embeddings_and_head_give_the_scores(finished: tuple[Path, Epoch]) -> None:
    folder = finished[0]
    head = np.load(folder / "head.npz")
    scores, embeddings = np.load(folder / "scores.npy")[:26], np.load(folder / "embeddings.npy")[:26]
    again = embeddings.astype(np.float32) @ head["weight"].T + head["bias"]
    assert again == pytest.approx(_logits(scores), abs=0.01)  # embeddings are kept in half precision


def test_scores_are_those_the_last_epoch_was_judged_by(finished: tuple[Path, Epoch]) -> None:
    folder, last = finished
    scores = np.load(folder / "scores.npy")
    assert last.most_wrong
    for row, label, probability, _ in last.most_wrong:
        assert scores[row, label] == pytest.approx(probability, abs=1e-5)


def test_a_loaded_network_predicts_the_same(finished: tuple[Path, Epoch]) -> None:
    folder = finished[0]
    predictor = Predictor.load(folder)
    assert (predictor.labels, predictor.side_px) == (LABELS, 32)
    scores, embeddings = predictor.scores(_data().pixels[:5])
    assert scores == pytest.approx(np.load(folder / "scores.npy")[:5], abs=1e-5)
    assert embeddings.shape == (5, np.load(folder / "embeddings.npy").shape[1])
    assert predictor.scores(_data().pixels[:0])[0].shape == (0, 3)


def _stirred(config: TrainConfig) -> network.Network:
    """A network whose batch statistics and biases are not those of its birth."""
    net = network.build(config, 3)
    for parameter in net.parameters():
        parameter.data += 0.05 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1))
    return net.eval()


def test_the_cells_and_the_bias_sum_to_the_logit() -> None:
    net = _stirred(TINY)
    predictor, pixels, labels = Predictor(net, TINY, LABELS), _data().pixels[:6], np.array([0, 1, 2, 0, 1, 2])
    maps = predictor.where(pixels, labels)
    assert maps.shape == (6, 2, 2)
    logits = _logits(predictor.scores(pixels)[0])[np.arange(6), labels]
    bias = net.head.bias.detach().numpy()[labels]
    assert maps.sum((1, 2)) + bias == pytest.approx(logits, abs=1e-3)


def test_in_the_reports_network_the_rest_is_the_biases_of_active_units() -> None:
    net = _stirred(REPORT)
    assert isinstance(net, network.Report2020)
    predictor, pixels, labels = Predictor(net, REPORT, LABELS), _data().pixels[:4], np.array([0, 1, 2, 0])
    maps = predictor.where(pixels, labels)
    scores, embeddings = predictor.scores(pixels)
    weight = net.head.weight.detach().numpy()[labels]
    rest = net.head.bias.detach().numpy()[labels]
    rest = rest + ((embeddings > 0) * weight * net.hidden.bias.detach().numpy()).sum(1)
    assert maps.sum((1, 2)) + rest == pytest.approx(_logits(scores)[np.arange(4), labels], abs=1e-3)


def test_covering_nothing_changes_nothing() -> None:
    predictor, picture = Predictor(_stirred(TINY), TINY, LABELS), _data().pixels[0]
    boxes = np.array([[0.5, 0.5, 0.5, 0.5], [0, 0, 1, 1]])
    change = predictor.cover(picture, 1, boxes)
    assert change[0] == pytest.approx(0, abs=1e-6)
    assert abs(change[1]) > 1e-4


def test_a_run_without_a_checkpoint_cannot_be_finished(tmp_path: Path) -> None:
    data = _data()
    with pytest.raises(BadInput, match="no checkpoint"):
        inference.finish(TINY, data.pixels, LABELS, tmp_path)
    (tmp_path / checkpoint.NAME).write_bytes(b"nonsense")
    with pytest.raises(BadInput, match="damaged"):
        inference.finish(TINY, data.pixels, LABELS, tmp_path)


def test_a_missing_or_damaged_model_is_named(finished: tuple[Path, Epoch], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"model\.json"):
        Predictor.load(tmp_path)
    about = json.loads((finished[0] / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(about))
    with pytest.raises(BadInput, match=r"model\.safetensors"):
        Predictor.load(tmp_path)
    content = (finished[0] / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(BadInput, match=r"model\.safetensors"):
        Predictor.load(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(content)
    (tmp_path / "model.json").write_text(json.dumps(about | {"labels": ["one"]}))
    with pytest.raises(BadInput, match="does not fit"):
        Predictor.load(tmp_path)
