"""What every training has in common: minibatches and a state that continues bit for bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from tdot_core.errors import TdotError
from tdot_core.maths.quantise import from_uint8
from tdot_core.models.ema import Ema


class ImageData:
    """Give training images as floats: uint8 (n, h, w, 3), memory-mapped or not -> float32 (b, 3, h, w) in [-1, 1]."""

    def __init__(self, images: object, labels: object = None) -> None:
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.images)  # type: ignore[arg-type]

    def x0(self, index: Tensor) -> Tensor:
        """Return the clean images at index, shape (b, 3, h, w)."""
        return from_uint8(torch.from_numpy(self.images[index.numpy()]))  # type: ignore[index]


class ResidentImages(ImageData):
    """Keep the images on a device as uint8 (154 MB for CIFAR-10), so that a step moves nothing but its indices there."""

    def __init__(self, data: ImageData, device: torch.device) -> None:
        super().__init__(data.images, data.labels)
        self._resident = torch.from_numpy(np.array(data.images)).to(device)

    def x0(self, index: Tensor) -> Tensor:
        return from_uint8(self._resident[index.to(self._resident.device)])


def near(data: ImageData, device: torch.device) -> ImageData:
    """Return the data where a training on the device reads it fastest: as it is for the CPU, else resident there."""
    return data if device.type == "cpu" else ResidentImages(data, device)


class FitState:
    """Hold all that continuing a training needs: modules, optimisers, EMA, generator, data order and step.

    `tensors()` names every piece; `load` puts it back, so that a resumed run equals an uninterrupted one bit for bit
    on the CPU at equal thread count.
    """

    def __init__(
        self,
        modules: Mapping[str, nn.Module],
        optimisers: Mapping[str, torch.optim.Optimizer],
        generator: torch.Generator,
        ema: Mapping[str, Ema] | None = None,
    ) -> None:
        self.modules, self.optimisers, self.generator, self.ema = modules, optimisers, generator, ema or {}
        self.step = 0
        self.chosen = 0
        """Which of the averages counts, by their order."""
        self.order = torch.empty(0, dtype=torch.int64)

    def _parameter_names(self, optimiser: torch.optim.Optimizer) -> dict[nn.Parameter, str]:
        owned = {p for group in optimiser.param_groups for p in group["params"]}
        named = ((f"{m}.{n}", p) for m, module in self.modules.items() for n, p in module.named_parameters())
        return {p: name for name, p in named if p in owned}

    def tensors(self) -> dict[str, Tensor]:
        """Return copies of the whole state as named CPU tensors, ready to be written."""
        out = {"step": torch.tensor(self.step), "order": self.order, "generator": self.generator.get_state()}
        if self.chosen:
            out["chosen"] = torch.tensor(self.chosen)
        for m, module in self.modules.items():
            out |= {f"module/{m}/{n}": t for n, t in module.state_dict().items()}
        for o, optimiser in self.optimisers.items():
            for p, name in self._parameter_names(optimiser).items():
                out |= {f"optimiser/{o}/{name}/{k}": torch.as_tensor(v) for k, v in optimiser.state[p].items()}
        for e, ema in self.ema.items():
            out |= {f"ema/{e}/{n}": t for n, t in ema.shadow.items()}
        return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in out.items()}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Put a saved state back; raises TdotError when a piece is missing or has another shape."""
        try:
            self.step, self.order = int(tensors["step"]), tensors["order"].clone()
            self.chosen = int(tensors.get("chosen", torch.tensor(0)))
            self.generator.set_state(tensors["generator"].clone())
            for m, module in self.modules.items():
                module.load_state_dict(_under(tensors, f"module/{m}/"))
            for e, ema in self.ema.items():
                ema.load(_under(tensors, f"ema/{e}/"))
            for o, optimiser in self.optimisers.items():
                self._load_optimiser(optimiser, _under(tensors, f"optimiser/{o}/"))
        except (KeyError, RuntimeError, ValueError) as error:
            raise TdotError(f"This checkpoint does not fit its run: {str(error)[:300]}. Use an older one.") from error

    def _load_optimiser(self, optimiser: torch.optim.Optimizer, saved: Mapping[str, Tensor]) -> None:
        for p, name in self._parameter_names(optimiser).items():
            state = _under(saved, f"{name}/")
            for k, tensor in state.items():
                if tensor.ndim and tensor.shape != p.shape:
                    raise ValueError(f"{name}/{k} has shape {tuple(tensor.shape)}, expected {tuple(p.shape)}")
            # Adam keeps its scalar step on the CPU. The moments live beside their parameter, in its order in memory:
            # the fused step reads both as plain memory.
            optimiser.state[p] = {k: t.clone() if t.ndim == 0 else _laid_out_as(p, t) for k, t in state.items()}


def _laid_out_as(parameter: Tensor, tensor: Tensor) -> Tensor:
    return torch.empty_like(parameter, dtype=tensor.dtype, requires_grad=False).copy_(tensor)


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}


def steps_per_epoch(n: int, batch: int) -> int:
    """Return how many full batches n items give, at least one (a smaller set is one smaller batch)."""
    return max(n // batch, 1)


def minibatches(state: FitState, n: int, batch: int, epochs: int) -> Iterator[Tensor]:
    """Yield index batches from where the state stands; the consumer adds 1 to `state.step` after each.

    n: items; batch, epochs: >= 1. Each epoch is one permutation drawn from the state's generator; the incomplete last
    batch is dropped.
    """
    per_epoch = steps_per_epoch(n, batch)
    while state.step < per_epoch * epochs:
        within = state.step % per_epoch
        if within == 0 or len(state.order) != n:
            state.order = torch.randperm(n, generator=state.generator)
        yield state.order[within * batch : (within + 1) * batch]
