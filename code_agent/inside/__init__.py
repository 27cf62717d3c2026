"""Scripts that run where generated code runs: the standard library and pytest are all they need."""
