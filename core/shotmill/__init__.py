"""Shotmill's engine: reads a storyboard's prompts, draws them with Gemini image models, keeps every image.

No module below this package imports a screen; the screens and the command line live in `shotmill_tui`.
"""

__version__ = "0.1.0"
