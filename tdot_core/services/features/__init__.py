"""From images to features, their references and projections. Draws nothing and compares nothing."""
