"""服务间 (the rooms) of this installation: the one list that the stack and the commands read."""

ROOMS = ("intake", "dispatch")
ROLES = ("web", "relay", "worker")
