"""Reports: chosen rows as one page that needs nothing else, with figures, pictures, commands, provenance and BibTeX."""
