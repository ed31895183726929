"""Of how events travel."""
