"""Evaluation: one row of numbers per prior, t_star and sampler, each with its spread and all that it depends on.

What rows mean and how they are compared is the room of results.
"""
