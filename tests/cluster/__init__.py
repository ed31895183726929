"""The system on a real cluster: whichever KUBECONFIG names."""
