"""The Priors screen; no other screen imports it."""
