"""Readers of arrays: one file per format, found by content; each gives 32x32 RGB images with their labels."""
