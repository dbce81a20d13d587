"""A job on screen, whatever it makes: its words and its buttons."""
