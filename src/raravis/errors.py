"""What can go wrong that a caller can act on; the command line prints the one line and exits 1."""


class RaravisError(Exception):
    """A one-line message: what, where, got, wanted, what to do next."""


class InputError(RaravisError):
    """An argument, a file of answers or a setting that cannot be used as given."""


class MediaError(RaravisError):
    """A file that cannot be read as video or image, or not at the place asked."""


class ModelError(RaravisError):
    """A model, or the sidecar beside it, that cannot be used as given."""


class StoreError(RaravisError):
    """A project that cannot be opened, locked, migrated or written."""
