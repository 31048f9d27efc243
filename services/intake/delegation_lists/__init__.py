"""授权清单 (lists of delegations): who stands in for whom, and who does today."""
