"""Logits and embeddings of many pictures, without learning."""

import numpy as np
import torch
from numpy.typing import NDArray

from core.training import batches
from core.training.device import Device
from core.training.network import Network


@torch.inference_mode()
def outputs(
    network: Network, pixels: NDArray[np.uint8], device: Device
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(logits (n, L), embeddings (n, D)) of pixels (n, S, S, 3) that have the network's side."""
    network.eval()
    logits, embeddings = [], []
    for start in range(0, len(pixels), batches.CHUNK):
        x = batches.to_input(pixels[start : start + batches.CHUNK], device.torch)
        with device.precision():
            found = network.embed(network.features(x))
        embedded = found.float()
        logits.append(network.head(embedded).cpu().numpy())
        embeddings.append(embedded.cpu().numpy())
    if not logits:
        head = network.head
        return np.empty((0, head.out_features), np.float32), np.empty((0, head.in_features), np.float32)
    return np.concatenate(logits), np.concatenate(embeddings)


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of logits, without overflow."""
    return torch.from_numpy(logits).sigmoid().numpy()
