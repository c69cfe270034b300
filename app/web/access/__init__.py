"""Access control: the guard before every request, and who may call a route."""
