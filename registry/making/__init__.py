"""How images are made: recipes, wheels, layers, and the order of their building."""
