"""The kinds of kernel objects, a module each: the value, its identity, its place in a diff, its words."""
