"""Multihome: several Internet providers behind one Linux router. DESIGN.md says how the parts lean on each other."""
