"""A chart with what belongs beside every one: its numbers, CSV, PNG and SVG, and words for who cannot see it."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from tdot_core.services.figures.data import figure_data
from ui.figures.base import TOOLS

HTML = """<div class="files"><button type="button" data-format="png">PNG</button><button type="button" data-format="svg">SVG</button></div>"""

CSS = """
.files { display: flex; gap: .25rem; }
.files button {
  font: inherit; font-size: .875rem; padding: .25rem .6rem; border: 0; border-radius: .4rem; background: none; cursor: pointer;
  color: var(--st-text-color); opacity: .8;
}
.files button:hover { background: var(--st-secondary-background-color); opacity: 1; }
.files button:focus-visible { outline: 2px solid var(--st-primary-color); }
"""

# Plotly is bundled with Streamlit and has no global name; its own camera button knows how to draw the picture.
JS = """
export default function ({ data, parentElement }) {
  parentElement.querySelectorAll("button").forEach((button) => {
    button.setAttribute("aria-label", `Save ${data.about} as ${button.dataset.format.toUpperCase()}`);
    button.onclick = () => {
      const chart = document.querySelector(data.chart + " .js-plotly-plot");
      const camera = chart && [...chart.querySelectorAll(".modebar-btn")].find((b) => (b.dataset.title || "").startsWith("Download"));
      if (!camera) return;
      const options = chart._context.toImageButtonOptions;
      Object.assign(options, { format: button.dataset.format, filename: data.name, scale: button.dataset.format === "png" ? 2 : 1 });
      camera.click();
    };
  });
}
"""

_FILES = st.components.v2.component("tdot_chart_files", html=HTML, css=CSS, js=JS)


def show_chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """Show a figure, and under it its numbers as a table and CSV, and buttons that save it as PNG and SVG.

    alt: what the figure shows, for readers who cannot see it; also the name of its files.
    """
    st.plotly_chart(figure, width="stretch", config=TOOLS, key=key, alt=alt)
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"):
        _numbers(figure, key, alt)
        _FILES(
            key=f"{key}-files",
            data={"chart": f".st-key-{key}", "name": f"tdot-{key}", "about": alt},
            height="content",
            width="content",
        )


def _numbers(figure: go.Figure, key: str, alt: str) -> None:
    with st.popover("Data", icon=":material/table_rows:", type="tertiary", key=f"{key}-data"):
        frame = figure_data(figure)
        st.dataframe(frame, hide_index=True, height=260, width=560, alt=f"The numbers of: {alt}")
        st.download_button(
            "CSV",
            frame.to_csv(index=False),
            f"tdot-{key}.csv",
            "text/csv",
            key=f"{key}-csv",
            icon=":material/download:",
            on_click="ignore",
        )
