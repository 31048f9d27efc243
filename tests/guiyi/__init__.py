"""The command `guiyi`: what it does with files, stacks and rooms."""
