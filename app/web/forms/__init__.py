"""Forms: texts as they were typed, the edit that they ask for, and errors beside the fields."""
