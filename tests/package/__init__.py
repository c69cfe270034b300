"""The package and the container image: that what they name exists, and that their rules hold."""
