"""The jobs of the chart: create the Secrets before an installation, and try the installation out after it."""
