"""The console: `config` as in the paper, and `multihome` for the rest."""
