"""What confines a command on this machine: each kind, and the trial that chooses."""
