"""派工的指标 (figures of dispatch): what is counted of orders, visits and claims."""
