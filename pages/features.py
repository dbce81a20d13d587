# title: Features
# icon: :material/scatter_plot:
# order: 6
# help: Real and generated images as points along the principal axes of the real features
"""The Features screen: where each prior's images lie among the real ones."""

from ui.features.screen import show

show()
