"""What many people say and get at once: acts and undo, the desk that lends batches, second opinions, users."""
