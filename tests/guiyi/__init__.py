"""Tests of the command `guiyi`: files, stacks and rooms."""
