"""What the pages show, as plain values: all wording, rounding and geometry, no HTML."""
