"""Real servers and the supervisor: they come up, fall, and come up again."""
