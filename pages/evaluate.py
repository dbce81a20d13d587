# title: Evaluate
# icon: :material/analytics:
# order: 5
# help: Distances between generated and real images, with spread
"""The Evaluate screen: numbers for priors, with all they depend on."""

from ui.evaluate.screen import show

show()
