"""Stories of the kernel."""
