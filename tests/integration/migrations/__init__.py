"""The database's shape, as a Job brings it there."""
