"""Real systemd hosts on one machine, for tests, the demo and the benchmark. See `Tests/Lab/lab`."""
