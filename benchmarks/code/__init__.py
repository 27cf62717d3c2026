"""What the benchmark of the code agent is made of."""
