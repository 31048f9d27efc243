"""归一: the command line and the local stack. It may import everything; nothing imports it."""
