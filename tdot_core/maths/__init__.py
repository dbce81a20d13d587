"""Pure functions and small immutable objects: no files, no global randomness."""
