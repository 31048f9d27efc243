"""验收 (acceptance): the checks of the organisations, one test each, asserted in answers."""
