"""evaluate's parts: what it is tried on, who says what, what was seen before, numbers, events, draws, doubts, words."""
