"""What every benchmark stands on: processes to measure, a load, the CPU they use, figures, tables and plots."""
