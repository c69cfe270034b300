"""Pure decisions: configuration, facts and verdicts in, the kernel's desired state out; no clock, no I/O, no chance."""
