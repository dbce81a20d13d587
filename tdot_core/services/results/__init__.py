"""Rows and tables of what was measured: comparing, splitting and exporting them. Measures nothing itself, and needs no torch."""
