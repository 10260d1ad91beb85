"""The answering room: a server for the page on which people answer. It does what the command line does, and no more."""
