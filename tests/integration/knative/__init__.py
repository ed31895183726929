"""What runs the functions on a laptop."""
