"""Small tasks for the code agent, frozen, each with what decides whether a result is right."""
