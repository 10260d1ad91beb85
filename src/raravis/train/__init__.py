"""Vectors and answers -> a linear head, and its calibration."""
