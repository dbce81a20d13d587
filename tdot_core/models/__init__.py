"""Networks, and what training them has in common."""
