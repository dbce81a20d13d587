"""The Features screen; no other screen imports it."""
