"""The small collection that the first run searches, and the picture of how it went."""

from raravis.demo.film import CONCEPT, DemoCollection, render
from raravis.demo.plot import Strip, found_by_chance, summary_plot

__all__ = ["CONCEPT", "DemoCollection", "Strip", "found_by_chance", "render", "summary_plot"]
