"""What can be told of code in any of the languages that repositories mix."""
