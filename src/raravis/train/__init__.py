"""Vectors and answers -> a linear head, its calibration, and measures of both."""
