"""清单用语 (what lists show beside their rows): names of parts, days of a calendar."""
