"""Pure builders of figures: numbers in, a Plotly figure or SVG text out; no Streamlit here."""
