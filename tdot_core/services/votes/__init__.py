"""What people preferred when they did not know which was which: kept on this machine, counted, exported."""
