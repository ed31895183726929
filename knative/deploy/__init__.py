"""``scripts/deploy``: deploy all functions with Helm or kn, or change the revision and traffic of one function."""
