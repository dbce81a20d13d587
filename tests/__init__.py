"""Tests; a package, so that `python -m tests.faults` finds this one and no other of that name."""
