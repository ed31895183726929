"""What needs nothing but Python."""
