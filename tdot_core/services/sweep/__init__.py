"""Sweeps: a file that names a grid of trainings and evaluations, the plan that shares their common work, and its execution.

Knows no screen and no engine but the launcher it is given; what a cell means is the room of evaluation's.
"""
