"""raravis finds the rare thing in a large collection of video and images with the fewest answers."""

__version__ = "0.6.0"
