"""The Gemini API's image models on this machine: the demo's and the tests' provider, and a place to try faults."""
