"""What a person typed: kept as typed, turned into the fields of an edit, with errors beside the fields."""
