"""What runs in a cluster besides the functions: jobs of the chart, once at each install or upgrade."""
