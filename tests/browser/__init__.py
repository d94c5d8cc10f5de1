"""The page in real browsers: Chromium, or whichever `--engine` names."""
