"""What a screen shows, as pure functions of what the daemon told: no Textual here."""
