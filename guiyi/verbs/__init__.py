"""命令 (the verbs of `guiyi`), a module for each theme."""
