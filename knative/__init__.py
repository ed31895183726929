"""How the functions are run: the one list of them, the chart, and a stand-in for Knative on a laptop."""
