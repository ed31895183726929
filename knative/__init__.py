"""What runs the functions: the list of functions, the Helm chart, ``scripts/deploy``, and a laptop's Knative."""
