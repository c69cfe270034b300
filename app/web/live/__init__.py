"""Live updates: from the worker's reports to open pages."""
