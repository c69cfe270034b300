"""Gathers what `diagnosis` judges. It only looks: nothing in the kernel or on the disk is changed, by none of it.

What may not be looked at (by whoever runs this) is left out and named, never guessed.
"""
