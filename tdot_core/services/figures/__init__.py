"""Figures of measured rows, the same on screens and in reports: Plotly only, no streamlit, no torch."""
