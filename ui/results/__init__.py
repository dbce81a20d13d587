"""Measured rows on screen, wherever they are shown: tables, figures, comparisons."""
