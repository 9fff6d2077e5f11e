"""From the picture to lines of text with roles: pure, and exactly as wide as asked."""
