"""The registry on its own machine: made, kept running, looked after."""
