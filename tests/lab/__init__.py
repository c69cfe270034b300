"""Behavior shown with real packets, and tests of the lab itself."""
