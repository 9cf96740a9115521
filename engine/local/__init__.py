"""Running parts of the profiles with large models. Nothing that the embedded profile needs is here."""
