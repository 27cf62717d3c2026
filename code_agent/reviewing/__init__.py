"""A review: what is shown to the model, and what of its words a machine can confirm."""
