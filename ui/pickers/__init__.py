"""Choosing data sets, priors and feature spaces, the same on every screen that asks."""
