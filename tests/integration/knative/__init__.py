"""The local platform and its database, with real processes."""
