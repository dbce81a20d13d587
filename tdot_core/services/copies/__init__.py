"""Finding the training images nearest to others, and judging whether they are copies."""
