"""The nouns: frozen, slotted, no I/O, no clock."""
