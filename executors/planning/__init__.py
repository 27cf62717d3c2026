"""What comes next, and what a goal is made of."""
