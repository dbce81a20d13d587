"""A Ray cluster: found, asked for a sign of life, joined and left. What is done on it belongs to sweeps and jobs."""
