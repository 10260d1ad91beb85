"""Files to sources and frames: walk, probe, read, shrink, cut."""
