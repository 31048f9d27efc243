"""Tests on real servers: the supervisor, relays, workers, and the command `guiyi`."""
