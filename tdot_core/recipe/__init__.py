"""Making everything under assets/ from the data set, and checking that it is whole."""
