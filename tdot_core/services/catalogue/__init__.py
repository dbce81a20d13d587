"""What there is to choose from, read without torch: priors, metrics, sources, truncation steps."""
