"""map(function, batches): the same functions on one core, on all of them, later on a cluster."""
