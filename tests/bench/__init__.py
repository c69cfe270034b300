"""`./run bench`: every budget of DESIGN.md measured on the real kernel, beside its floor and the machine's noise."""
