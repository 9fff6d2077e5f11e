"""The pictures that the emulator answers with: drawn from the prompt's words, in a hand of each style's own."""
