"""The machines of the fleet: which there are, what each has, and what runs there."""
