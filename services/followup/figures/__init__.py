"""回访的指标 (figures of followup): what customers said of us."""
