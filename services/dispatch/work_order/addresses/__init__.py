"""联系方式 (addresses): where the customer of an order is told something."""
