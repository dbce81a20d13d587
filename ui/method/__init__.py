"""The Method screen; no other screen imports it."""
