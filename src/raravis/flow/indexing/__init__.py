"""What was built over vectors, where it lies, whether it still keeps what was promised of it."""
