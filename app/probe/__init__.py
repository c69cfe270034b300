"""CheckState: one probe through one gateway only, bound to its device, source and mark; never decides anything."""
