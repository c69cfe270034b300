"""One module for each group of lines of the table: each sets up what it measures, and yields its figures."""
