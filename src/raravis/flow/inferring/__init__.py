"""infer's parts: which files, what a worker does with one, yes into rows, the file they go to, what is drawn."""
