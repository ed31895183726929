"""How PostgreSQL is connected to."""
