"""The whole system as a user starts it, tested over HTTP while its processes are killed."""
