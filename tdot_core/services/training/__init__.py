"""Training as an iterator over a run folder. Knows no process: that is the room of jobs."""
