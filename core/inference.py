"""A trained network put to use: the files of a finished run, predictions, and where the network looked.

Legend: N images of the data set, n pictures asked for, S side, L labels, D embedding, h and w cells of the
last feature map. Scores are probabilities, 0..1.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.config import TrainConfig
from core.errors import BadInput
from core.training import batches, checkpoint, device, files, model_file, scoring
from core.training.network import Network, build

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

AVERAGED = "module."  # how the averaged network's weights are named in a checkpoint


def finish(
    config: TrainConfig,
    pixels: Pixels,
    labels: tuple[str, ...],
    folder: Path,
    *,
    rows: NDArray[np.int64] | None = None,
) -> None:
    """Turns the folder's checkpoint into the files of a finished run, each whole or not there.

    model.safetensors and model.json (settings, labels); scores.npy float32 (N, L) and embeddings.npy
    float16 (N, D), nan outside `rows` (all images if None: name them, so that a test part is not scored
    unasked); head.npz with weight (L, D) and bias (L,), so that embedding · weight + bias are the logits.
    Raises BadInput if there is no checkpoint to finish.
    """
    network = _trained(config, len(labels), folder)
    model_file.write(folder, network, config, labels)
    head = network.head
    files.write_arrays(
        folder / "head.npz", weight=head.weight.detach().numpy(), bias=head.bias.detach().numpy()
    )
    predictor = Predictor(network, config, labels)
    chosen = np.arange(len(pixels)) if rows is None else np.asarray(rows)
    scores = np.full((len(pixels), len(labels)), np.nan, dtype=np.float32)
    embeddings = np.full((len(pixels), head.in_features), np.nan, dtype=np.float16)
    for start in range(0, len(chosen), batches.CHUNK):
        some = chosen[start : start + batches.CHUNK]
        scores[some], embeddings[some] = predictor.scores(pixels[some])
    files.write_array(folder / "embeddings.npy", embeddings)
    files.write_array(folder / "scores.npy", scores)


class Predictor:
    """A finished network, ready for pictures of any square side."""

    def __init__(self, network: Network, config: TrainConfig, labels: tuple[str, ...]) -> None:
        self._device = device.choose()
        self._network = network.to(self._device.torch).eval()
        self.config, self.labels = config, labels

    @classmethod
    def load(cls, folder: Path) -> "Predictor":
        """The finished run of a folder; raises BadInput if its model is missing or damaged."""
        return cls(*model_file.read(folder))

    @property
    def side_px(self) -> int:
        """The side that pictures are resized to."""
        return self.config.side_px

    def scores(self, pixels: Pixels) -> tuple[Floats, Floats]:
        """(scores (n, L), embeddings (n, D)) of pixels (n, s, s, 3)."""
        logits, embeddings = self._outputs(pixels)
        return scoring.sigmoid(logits), embeddings

    def where(self, pixels: Pixels, labels: NDArray[np.integer[Any]]) -> Floats:
        """What each cell of the last feature map adds to the logit of one label an image: (n, h, w).

        Gradient × activation, summed over channels (Selvaraju et al. 2017 without their ReLU). For the
        scratch network this is exact: the cells and the head's bias sum to the logit (class activation map,
        Zhou et al. 2016). For the report's network it is exact given the hidden units that are active: the
        rest is the head's bias and the active units' own biases.
        """
        maps = []
        for start in range(0, len(pixels), batches.CHUNK):
            some = slice(start, start + batches.CHUNK)
            maps.append(self._contributions(pixels[some], labels[some]))
        return np.concatenate(maps) if maps else np.empty((0, 0, 0), np.float32)

    def cover(self, pixels: Pixels, label: int, boxes: NDArray[np.floating[Any]]) -> Floats:
        """What covering a region of one picture changes of a label's probability: (k,), after - before.

        pixels (s, s, 3); boxes (k, 4): top, left, bottom, right as shares 0..1. A region is covered with the
        picture's mean colour (occlusion, Zeiler and Fergus 2014).
        """
        picture = batches.resize(pixels[None], self.side_px)[0]
        copies = np.repeat(picture[None], len(boxes) + 1, axis=0)
        colour = picture.reshape(-1, 3).mean(0).round().astype(np.uint8)
        edges = np.clip(np.round(np.asarray(boxes) * self.side_px), 0, self.side_px).astype(int)
        for copy, (top, left, bottom, right) in zip(copies[1:], edges, strict=True):
            copy[top:bottom, left:right] = colour
        probability = self.scores(copies)[0][:, label]
        return np.asarray(probability[1:] - probability[0], dtype=np.float32)

    def _outputs(self, pixels: Pixels) -> tuple[Floats, Floats]:
        parts = [
            scoring.outputs(
                self._network,
                batches.resize(pixels[start : start + batches.CHUNK], self.side_px),
                self._device,
            )
            for start in range(0, max(len(pixels), 1), batches.CHUNK)
        ]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def _contributions(self, pixels: Pixels, labels: NDArray[np.integer[Any]]) -> Floats:
        x = batches.to_input(batches.resize(pixels, self.side_px), self._device.torch)
        with torch.no_grad():
            features = self._network.features(x)
        features.requires_grad_()
        with torch.enable_grad():
            logits = self._network.head(self._network.embed(features))  # (n, L)
            asked = torch.from_numpy(np.asarray(labels, dtype=np.int64)).to(logits.device)
            (slope,) = torch.autograd.grad(logits.gather(1, asked[:, None]).sum(), features)
        return (slope * features).sum(1).detach().float().cpu().numpy()


def _trained(config: TrainConfig, labels: int, folder: Path) -> Network:
    """The network that the folder's checkpoint judged by."""
    try:
        found = checkpoint.read(folder)
    except checkpoint.UNREADABLE as problem:
        raise BadInput("The run's checkpoint is damaged; resume the run to train it anew.") from problem
    if found is None:
        raise BadInput("The run has no checkpoint: it ended before its first epoch did; start it again.")
    state = found.learner
    weights = state["network"]
    if state["average"] is not None:
        averaged = state["average"]
        weights = {k.removeprefix(AVERAGED): v for k, v in averaged.items() if k.startswith(AVERAGED)}
    network = build(config, labels)
    network.load_state_dict(weights)
    return network
