"""What the screens share: navigation, colours, figures, cached calls. The only place besides pages/ that imports Streamlit."""
