"""The craftsman: asks a language model for code, and believes nothing that was not checked."""
