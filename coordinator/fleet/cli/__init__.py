"""`ygg machines`: what a person asks and tells of the fleet's machines."""
