"""The Overview screen; no other screen imports it."""
