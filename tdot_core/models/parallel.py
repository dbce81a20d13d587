"""A training on several processes, one per GPU or CPU: each takes its share of every batch (torch's DistributedDataParallel)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Protocol

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from tdot_core.errors import TdotError
from tdot_core.models.sharded import ShardedGradient


class Gradient(Protocol):
    """Put d loss / d parameter into every parameter's `.grad` and return the loss of the whole batch, a scalar."""

    def __call__(self, loss_of: Callable[..., Tensor], *batch: Tensor) -> Tensor: ...


def group_size() -> int:
    """Return how many processes train together: 1 unless they were joined."""
    return dist.get_world_size() if dist.is_initialized() else 1


def word_of_first(text: str) -> str:
    """Return what the first process says, in every process; all must call it."""
    if group_size() == 1:
        return text
    where = torch.device("cuda" if dist.get_backend() == "nccl" else "cpu")
    said = torch.tensor(list(text.encode()), dtype=torch.uint8, device=where)
    length = torch.tensor(len(said), device=where)
    dist.broadcast(length, 0)
    if dist.get_rank():
        said = torch.empty(int(length), dtype=torch.uint8, device=where)
    dist.broadcast(said, 0)
    return bytes(said.tolist()).decode()


def gradient_of(net: nn.Module, device: torch.device, all_take_part: bool) -> tuple[nn.Module, Gradient]:
    """Return what to call in the loss in place of net, and what takes its gradient: here alone, or with the other processes.

    all_take_part: whether every parameter takes part in the loss of any share of a batch.
    """
    if group_size() == 1:
        return net, ShardedGradient(list(net.parameters()), device)
    # Torch 2.14 gave it another name; no buffer changes in training.
    known = inspect.signature(DistributedDataParallel).parameters
    name = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"
    options: dict[str, Any] = {name: False, "find_unused_parameters": not all_take_part}
    wrapped = DistributedDataParallel(net, **options)
    return wrapped, ParallelGradient(list(net.parameters()))


class ParallelGradient:
    """Take the gradient of a loss that is a mean over images, slice k of the batch by process k of the group.

    loss = sum_k (n_k / n) loss_of(slice k), which is loss_of(batch); the gradient equals that of one process but for the order
    of float32 sums. Every process is given the whole batch and must have drawn the same one. A parameter that takes no part has
    gradient 0. Raises TdotError for a batch that has no image for some process.
    """

    def __init__(self, parameters: list[nn.Parameter]) -> None:
        self.parameters = parameters

    def __call__(self, loss_of: Callable[..., Tensor], *batch: Tensor) -> Tensor:
        """batch: tensors of equal first dimension, sliced together; loss_of(*slice): the mean loss of the slice."""
        n, size = len(batch[0]), group_size()
        if n < size:
            raise TdotError(f"{size} processes share batches of {n} images. Take larger batches or fewer processes.")
        share = [tensor.tensor_split(size)[dist.get_rank()] for tensor in batch]
        for parameter in self.parameters:
            parameter.grad = None
        # DistributedDataParallel divides the sum of all gradients by the number of processes.
        loss = loss_of(*share) * (len(share[0]) * size / n)
        loss.backward()
        for parameter in self.parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        whole = loss.detach() / size
        dist.all_reduce(whole)
        return whole
