"""How a report looks, on a screen and on paper."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1160px; padding: 2.5rem 1.5rem 4rem; background: #fff; color: #1b2530;
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem; padding-top: .8rem; border-top: 1px solid #d5dce2; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
.lead { font-size: 1.08rem; max-width: 48rem; }
.quiet, figcaption { color: #55606b; font-size: .87rem; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: 1rem 0; font-size: .92rem; }
a { color: #1f5f8b; }
figure { margin: 1rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .83rem; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .4rem; border-bottom: 1px solid #e3e8ec; text-align: right; white-space: nowrap; }
th { border-bottom: 2px solid #b9c3cc; vertical-align: bottom; }
th:first-child, td:first-child, th.left, td.left { text-align: left; }
tr.apart td { color: #55606b; background: #f6f8f9; }
td.best { font-weight: 700; }
.sheets { display: grid; grid-template-columns: repeat(auto-fill, minmax(290px, 1fr)); gap: 1.2rem; }
.sheets figure { margin: 0; }
.sheets img { width: 100%; max-width: 290px; image-rendering: pixelated; display: block; border-radius: 3px; }
pre { background: #f3f5f7; padding: .8rem 1rem; border-radius: 5px; font-size: .78rem; line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere; }
@media print {
  body { padding: 0; max-width: none; font-size: 10.5pt; }
  nav, .modebar { display: none !important; }
  h2 { break-after: avoid; }
  figure, tr, .sheets figure { break-inside: avoid; }
  thead { display: table-header-group; }
  .wide { overflow: visible; }
  .chart { zoom: .68; }
  table { font-size: 6.4pt; }
  th, td { padding: .12rem .2rem; }
  pre { font-size: 7.5pt; }
}
"""
