"""The worker's word, and how it reaches open pages."""
