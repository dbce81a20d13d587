"""The arithmetic that images can be drawn in, by name; no torch here."""

FP32, BF16 = "fp32", "bf16"
DRAWING = (FP32, BF16)
"""Never auto, as in training: a measured row's settings must say it all."""
