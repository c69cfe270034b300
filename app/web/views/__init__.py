"""View models: the wording, rounding and geometry of pages as plain values, no HTML."""
