"""The loop with known answers: recall of items and events against answers given, for each strategy and seed.

Items count by frame: one is found when any item of its frame is answered yes. What is given free at the start
counts neither as an answer nor as found.
"""

from raravis.simulate.loop import Tally, Truth, simulate
from raravis.simulate.noise import Noise
from raravis.simulate.result import Curve, Found, Result, quartiles

__all__ = ["Curve", "Found", "Noise", "Result", "Tally", "Truth", "quartiles", "simulate"]
