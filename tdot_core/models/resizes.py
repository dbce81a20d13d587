"""How images become inception's 299 x 299, named by the tool that does it so; no torch here."""

from __future__ import annotations

TORCH_FIDELITY, PYTORCH_FID, CLEAN = "torch-fidelity", "pytorch-fid", "clean"
RESIZES = {
    TORCH_FIDELITY: "torch-fidelity: bilinear as in TensorFlow 1",
    PYTORCH_FID: "pytorch-fid: bilinear, pixel centres",
    CLEAN: "clean-fid: antialiased bicubic",
}
"""The resizes by name, with what they are."""
