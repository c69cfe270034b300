"""The kinds of kernel objects, one module each: value, identity, phase of the diff, and words."""
