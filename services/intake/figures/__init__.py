"""受理的指标 (figures of intake): what is counted of reports and complaints."""
