"""What can be seen of a function from outside: logs, metrics and traces."""
