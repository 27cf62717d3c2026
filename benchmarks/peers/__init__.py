"""One module for each subject; `benchmarks.subject` says what each implements."""
