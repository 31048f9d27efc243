"""配件库的指标 (figures of inventory): which clocks of the stores were met."""
