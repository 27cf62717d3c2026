"""The craftsman: asks a language model for code, and believes nothing of it that was not checked."""
