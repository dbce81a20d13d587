"""Controls that know nothing of TDOT but its data: forms, grids, undo."""
