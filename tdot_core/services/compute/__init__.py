"""Devices, threads and chunks: how networks are run. No files and no meaning of what is computed."""
