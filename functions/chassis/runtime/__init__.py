"""The runtime of a function: settings, clock, database, and the secret and state stores with their adapters."""
