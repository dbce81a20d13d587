"""The Sample screen; no other screen imports it."""
