"""The plans of ``scripts/deploy``, without a cluster."""
