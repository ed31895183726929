"""Tests of the system on the cluster that KUBECONFIG names."""
