"""A source's packets to the pts worth a look."""
