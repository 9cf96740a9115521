"""One network, one file: torch and each other, nothing else of Parley but the constants of its front ends."""
