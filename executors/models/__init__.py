"""Language models, as handlers ask them."""
