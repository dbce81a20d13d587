"""The Evaluate screen; no other screen imports it."""
