"""``scripts/deploy``: the functions on a cluster, all by the chart or by kn, or one by one."""
