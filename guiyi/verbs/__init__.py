"""命令 (the verbs of `guiyi`), a theme a module; `access` and `reach` bring them to the rooms."""
