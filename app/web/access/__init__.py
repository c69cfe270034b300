"""What every request passes first, and who may call a route."""
