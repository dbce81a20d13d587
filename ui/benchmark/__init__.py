"""The Benchmark screen; no other screen imports it."""
