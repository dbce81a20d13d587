"""What TDOT must survive, done to it: `python -m tests.faults`."""
