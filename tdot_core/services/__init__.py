"""Orchestration and files: data, runs, training, sampling, evaluation, jobs."""
