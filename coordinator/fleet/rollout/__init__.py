"""From one version to the next, a machine after the other."""
