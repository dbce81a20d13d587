"""The Truncation screen; no other screen imports it."""
