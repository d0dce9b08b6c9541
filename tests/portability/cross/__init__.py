"""Other platforms' compilers, libraries and, for Windows, a place to run what they made."""
