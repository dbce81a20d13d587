"""Loading priors and denoisers by name, and drawing with them. Measures nothing."""
