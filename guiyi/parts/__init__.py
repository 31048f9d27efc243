"""配件表 (a list of parts): catalogue, opening stock and quotas, from CSV through the API."""
