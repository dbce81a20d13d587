"""Runs: one directory each, with a spec, a status, metrics, samples, checkpoints and weights."""
